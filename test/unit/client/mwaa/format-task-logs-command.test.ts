import { expect, test } from 'vitest';
import { formatTaskLogsCommand, type TaskLogQuery } from '../../../../client/mwaa/wait/format-task-logs-command.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

const RUN: TaskLogQuery = { dagId: 'daily', runId: 'manual__2026-11-22T06:00:00+00:00' };

test.each<[what: string, release: string, run: TaskLogQuery, since: string, prefix: string]>([
  ['a run', '2.10.3', RUN, '1d', 'dag_id=daily/run_id=manual__2026-11-22T06_00_00+00_00/'],
  ['a task of it', '3.0.6', { ...RUN, runId: 'r', taskId: 'load' }, '1d', 'dag_id=daily/run_id=r/task_id=load/'],
  [
    'a run that began',
    '2.4.3',
    { ...RUN, runId: 'r', startedAt: '2026-11-22T06:00:01.5+00:00' },
    '2026-11-22T06:00:01Z',
    'dag_id=daily/run_id=r/',
  ],
  [
    'a run of another zone',
    '2.4.3',
    { ...RUN, runId: 'r', startedAt: '2026-11-22T06:00:01+02:00' },
    '2026-11-22T06:00:01+02:00',
    'dag_id=daily/run_id=r/',
  ],
  ['an id that a shell would read', '3.3.1', { ...RUN, runId: "it's $x" }, '1d', `'dag_id=daily/run_id=it'"'"'s $x/'`],
  ['before 2.3 the DAG', '2.2.2', RUN, '1d', 'daily/'],
  ['before 2.3 a task', '1.10.12', { ...RUN, taskId: 'load' }, '1d', 'daily/load/'],
])('%s', (_what, release, run, since, prefix) => {
  expect(formatTaskLogsCommand('prod', CATALOGS.read(release), run)).toBe(
    `aws logs tail airflow-prod-Task --since ${since} --log-stream-name-prefix ${prefix}`,
  );
});
