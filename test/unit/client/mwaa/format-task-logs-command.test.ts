import { expect, test } from 'vitest';
import { formatTaskLogsCommand, type TaskLogQuery } from '../../../../client/mwaa/wait/format-task-logs-command.ts';

const RUN: TaskLogQuery = { dagId: 'daily', runId: 'manual__2026-11-22T06:00:00+00:00' };

test.each<[what: string, release: string, query: TaskLogQuery, since: string, prefix: string]>([
  ['a run on 2.3 or newer', '2.10.3', RUN, '1d', 'dag_id=daily/run_id=manual__2026-11-22T06_00_00+00_00/'],
  [
    'a task on 2.3 or newer',
    '3.0.6',
    { ...RUN, runId: 'r', taskId: 'load' },
    '1d',
    'dag_id=daily/run_id=r/task_id=load/',
  ],
  [
    'a run with a start date',
    '2.4.3',
    { ...RUN, runId: 'r', startedAt: '2026-11-22T06:00:01.5+00:00' },
    '2026-11-22T06:00:01Z',
    'dag_id=daily/run_id=r/',
  ],
  [
    'a start date in another time zone',
    '2.4.3',
    { ...RUN, runId: 'r', startedAt: '2026-11-22T06:00:01+02:00' },
    '2026-11-22T06:00:01+02:00',
    'dag_id=daily/run_id=r/',
  ],
  ['an id that must be quoted', '3.3.1', { ...RUN, runId: "it's $x" }, '1d', `'dag_id=daily/run_id=it'"'"'s $x/'`],
  ['a run before 2.3, by its DAG', '2.2.2', RUN, '1d', 'daily/'],
  ['a task before 2.3', '1.10.12', { ...RUN, taskId: 'load' }, '1d', 'daily/load/'],
])('formatTaskLogsCommand formats the command for %s', (_what, release, query, since, prefix) => {
  expect(formatTaskLogsCommand('prod', release, query)).toBe(
    `aws logs tail airflow-prod-Task --since ${since} --log-stream-name-prefix ${prefix}`,
  );
});
