import { describe, expect, test } from 'vitest';
import {
  createTaskStatesInvocation,
  findDagRunInText,
  findFailedTasks,
  findFirstStart,
} from '../../../airflow/dag-run-state.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

test.each(CATALOGS.releases())('the command that lists task states on Airflow %s', (release) => {
  const command = createTaskStatesInvocation(CATALOGS.read(release), 'daily', 'run 1');
  const isByDate = release === '1.10.12' || release === '2.0.2';
  expect(command && renderCommandLine(command)).toBe(
    isByDate ? undefined : "tasks states-for-dag-run --output=json daily 'run 1'",
  );
});

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

describe('findDagRunInText', () => {
  test.each<[what: string, runId: string, run: object | undefined]>([
    ['finds a run', 'manual__2026-11-22T00:00:00+00:00', { state: 'failed' }],
    ['finds a short id', 'short', { state: 'success' }],
    ['finds an id that contains a bar', 'a | b', { state: 'running' }],
    ['does not find part of an id', 'manual__2026', undefined],
    ['does not find an id up to a bar', 'a', undefined],
    ['does not find a value of another column', '2', undefined],
  ])('%s', (_what, runId, run) => {
    expect(findDagRunInText(LIST_DAG_RUNS_OUTPUT, runId)).toEqual(run);
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

test('findFirstStart returns the earliest start of a task', () => {
  const rows = [
    { start_date: '' },
    { start_date: '2026-11-22T06:00:02+00:00' },
    { start_date: '2026-11-22T06:00:01+00:00' },
  ];
  expect(findFirstStart(rows)).toBe('2026-11-22T06:00:01+00:00');
  expect(findFirstStart(null)).toBeUndefined();
});
