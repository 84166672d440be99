import { describe, expect, test } from 'vitest';
import {
  createDagRunsInvocation,
  createTaskStatesInvocation,
  findDagRun,
  findFailedTasks,
} from '../../../airflow/dag-run-state.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

describe('the commands that list runs and task states', () => {
  const renderCommands = (release: string) => {
    const catalog = CATALOGS.read(release);
    const [runs, tasks] = [
      createDagRunsInvocation(catalog, 'daily'),
      createTaskStatesInvocation(catalog, 'daily', 'run 1'),
    ];
    return [runs && renderCommandLine(runs), tasks && renderCommandLine(tasks)];
  };
  const TASKS = "tasks states-for-dag-run --output=json daily 'run 1'";
  const exceptions: Record<string, (string | undefined)[]> = {
    '1.10.12': ['list_dag_runs daily', undefined],
    '2.0.2': [undefined, undefined],
  };
  test.each(CATALOGS.releases())('on Airflow %s', (release) => {
    const runs = `dags list-runs ${release.startsWith('3') ? '--output=json daily' : '--dag-id=daily --output=json'}`;
    expect(renderCommands(release)).toEqual(exceptions[release] ?? [runs, TASKS]);
  });
});

const createRow = (runId: string, state: string, startDate = '') => ({ run_id: runId, state, start_date: startDate });

/** As printed by Airflow 1.10.12. */
const LIST_DAG_RUNS_OUTPUT = `

${'-'.repeat(120)}
DAG RUNS
${'-'.repeat(120)}
id  | run_id               | state      | execution_date       | state_date           |

3   | manual__2026-11-22T00:00:00+00:00 | failed     | 2026-11-22T00:00:00+00:00 | 2026-11-22T00:00:01+00:00 |
2   | short                | success    | 2026-11-21T00:00:00+00:00 | 2026-11-21T00:00:01+00:00 |
1   | a | b                | running    | 2026-11-20T00:00:00+00:00 | 2026-11-20T00:00:01+00:00 |
`;

describe('findDagRun', () => {
  test.each<[what: string, output: unknown, stdout: string, runId: string, run: object | undefined]>([
    [
      'finds a run by its exact id',
      [createRow('r-10', 'queued'), createRow('r-1', 'failed')],
      '',
      'r-1',
      { state: 'failed' },
    ],
    [
      'returns when the run started',
      [createRow('r', 'running', '2026-11-22')],
      '',
      'r',
      { state: 'running', startedAt: '2026-11-22' },
    ],
    ['returns undefined if the id is only a prefix', [createRow('r-10', 'queued')], '', 'r-1', undefined],
    ['returns undefined for an empty list', [], '', 'r', undefined],
    ['returns undefined if there is no data', null, 'No data found\n', 'r', undefined],
    [
      'finds a run in a text table',
      null,
      LIST_DAG_RUNS_OUTPUT,
      'manual__2026-11-22T00:00:00+00:00',
      { state: 'failed' },
    ],
    ['finds a short id in a text table', null, LIST_DAG_RUNS_OUTPUT, 'short', { state: 'success' }],
    ['finds an id that contains a bar in a text table', null, LIST_DAG_RUNS_OUTPUT, 'a | b', { state: 'running' }],
    ['does not find part of an id in a text table', null, LIST_DAG_RUNS_OUTPUT, 'manual__2026', undefined],
    ['does not find an id up to a bar in a text table', null, LIST_DAG_RUNS_OUTPUT, 'a', undefined],
    ['does not find a value of another column in a text table', null, LIST_DAG_RUNS_OUTPUT, '2', undefined],
  ])('%s', (_what, output, stdout, runId, run) => {
    expect(findDagRun({ output, stdout }, runId)).toEqual(run);
  });
});

test('findFailedTasks returns each failed task once, without tasks downstream of it', () => {
  const createTask = (taskId: string, state: string | null) => ({ task_id: taskId, state });
  const states = [
    createTask('a', 'success'),
    createTask('b', 'failed'),
    createTask('b', 'failed'),
    createTask('c', 'upstream_failed'),
  ];
  expect(findFailedTasks([...states, createTask('d', null)])).toEqual(['b']);
  expect(findFailedTasks(null)).toEqual([]);
});
