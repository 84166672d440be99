import { describe, expect, test } from 'vitest';
import { render } from '../../../airflow/render.ts';
import { failedTasksIn, runNamed, runsOf, taskStatesOf } from '../../../airflow/run-state.ts';
import { catalogueReleases, readCatalogue } from '../../../lib/config/catalogues.ts';

describe('the command that shows a run', () => {
  const asked = (release: string) => {
    const catalogue = readCatalogue(release);
    const [runs, tasks] = [runsOf(catalogue, 'daily'), taskStatesOf(catalogue, 'daily', 'run 1')];
    return [runs && render(runs), tasks && render(tasks)];
  };
  const TASKS = "tasks states-for-dag-run --output=json daily 'run 1'";
  const odd: Record<string, (string | undefined)[]> = {
    '1.10.12': ['list_dag_runs daily', undefined],
    '2.0.2': [undefined, undefined],
  };
  test.each(catalogueReleases())('on %s', (release) => {
    const runs = `dags list-runs ${release.startsWith('3') ? '--output=json daily' : '--dag-id=daily --output=json'}`;
    expect(asked(release)).toEqual(odd[release] ?? [runs, TASKS]);
  });
});

const row = (runId: string, state: string, startDate = '') => ({ run_id: runId, state, start_date: startDate });

/** As 1.10.12 prints it. */
const TEXT = `

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
    ['by its very id', [row('r-10', 'queued'), row('r-1', 'failed')], '', 'r-1', { state: 'failed' }],
    ['that has started', [row('r', 'running', '2026-11-22')], '', 'r', { state: 'running', startedAt: '2026-11-22' }],
    ['that is not there', [row('r-10', 'queued')], '', 'r-1', undefined],
    ['that is empty', [], '', 'r', undefined],
    ['without data', null, 'No data found\n', 'r', undefined],
    ['as text', null, TEXT, 'manual__2026-11-22T00:00:00+00:00', { state: 'failed' }],
    ['as text, with a short id', null, TEXT, 'short', { state: 'success' }],
    ['as text, with a bar in its id', null, TEXT, 'a | b', { state: 'running' }],
    ['as text, with a part of an id', null, TEXT, 'manual__2026', undefined],
    ['as text, with the head of an id', null, TEXT, 'a', undefined],
    ['as text, with the name of a column', null, TEXT, '2', undefined],
  ])('%s', (_what, output, stdout, runId, run) => {
    expect(runNamed({ output, stdout }, runId)).toEqual(run);
  });
});

test('failed tasks, each once, and none that waited for them', () => {
  const task = (taskId: string, state: string | null) => ({ task_id: taskId, state });
  const states = [task('a', 'success'), task('b', 'failed'), task('b', 'failed'), task('c', 'upstream_failed')];
  expect(failedTasksIn([...states, task('d', null)])).toEqual(['b']);
  expect(failedTasksIn(null)).toEqual([]);
});
