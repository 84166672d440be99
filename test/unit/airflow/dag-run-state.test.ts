import { describe, expect, test } from 'vitest';
import {
  createDagRunsInvocation,
  createTaskStatesInvocation,
  findDagRun,
  findFailedTasks,
} from '../../../airflow/dag-run-state.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

describe('the command that shows a run', () => {
  const asked = (release: string) => {
    const catalog = CATALOGS.read(release);
    const [runs, tasks] = [
      createDagRunsInvocation(catalog, 'daily'),
      createTaskStatesInvocation(catalog, 'daily', 'run 1'),
    ];
    return [runs && renderCommandLine(runs), tasks && renderCommandLine(tasks)];
  };
  const TASKS = "tasks states-for-dag-run --output=json daily 'run 1'";
  const odd: Record<string, (string | undefined)[]> = {
    '1.10.12': ['list_dag_runs daily', undefined],
    '2.0.2': [undefined, undefined],
  };
  test.each(CATALOGS.releases())('on %s', (release) => {
    const runs = `dags list-runs ${release.startsWith('3') ? '--output=json daily' : '--dag-id=daily --output=json'}`;
    expect(asked(release)).toEqual(odd[release] ?? [runs, TASKS]);
  });
});

const createRow = (runId: string, state: string, startDate = '') => ({ run_id: runId, state, start_date: startDate });

/** As 1.10.12 prints it. */
const LIST_DAG_RUNS_OUTPUT = `

${'-'.repeat(120)}
DAG RUNS
${'-'.repeat(120)}
id  | run_id               | state      | execution_date       | state_date           |

3   | manual__2026-11-22T00:00:00+00:00 | failed     | 2026-11-22T00:00:00+00:00 | 2026-11-22T00:00:01+00:00 |
2   | short                | success    | 2026-11-21T00:00:00+00:00 | 2026-11-21T00:00:01+00:00 |
1   | a | b                | running    | 2026-11-20T00:00:00+00:00 | 2026-11-20T00:00:01+00:00 |
`;

describe('a run in a list', () => {
  test.each<[what: string, output: unknown, stdout: string, runId: string, run: object | undefined]>([
    ['by its very id', [createRow('r-10', 'queued'), createRow('r-1', 'failed')], '', 'r-1', { state: 'failed' }],
    [
      'that has started',
      [createRow('r', 'running', '2026-11-22')],
      '',
      'r',
      { state: 'running', startedAt: '2026-11-22' },
    ],
    ['that is not there', [createRow('r-10', 'queued')], '', 'r-1', undefined],
    ['that is empty', [], '', 'r', undefined],
    ['without data', null, 'No data found\n', 'r', undefined],
    ['as text', null, LIST_DAG_RUNS_OUTPUT, 'manual__2026-11-22T00:00:00+00:00', { state: 'failed' }],
    ['as text, with a short id', null, LIST_DAG_RUNS_OUTPUT, 'short', { state: 'success' }],
    ['as text, with a bar in its id', null, LIST_DAG_RUNS_OUTPUT, 'a | b', { state: 'running' }],
    ['as text, with a part of an id', null, LIST_DAG_RUNS_OUTPUT, 'manual__2026', undefined],
    ['as text, with the head of an id', null, LIST_DAG_RUNS_OUTPUT, 'a', undefined],
    ['as text, with the name of a column', null, LIST_DAG_RUNS_OUTPUT, '2', undefined],
  ])('%s', (_what, output, stdout, runId, run) => {
    expect(findDagRun({ output, stdout }, runId)).toEqual(run);
  });
});

test('failed tasks, each once, and none that waited for them', () => {
  const task = (taskId: string, state: string | null) => ({ task_id: taskId, state });
  const states = [task('a', 'success'), task('b', 'failed'), task('b', 'failed'), task('c', 'upstream_failed')];
  expect(findFailedTasks([...states, task('d', null)])).toEqual(['b']);
  expect(findFailedTasks(null)).toEqual([]);
});
