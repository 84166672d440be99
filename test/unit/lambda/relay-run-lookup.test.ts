import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { relayRunLookup } from '../../../lambda/relay/relay-run-lookup.ts';
import type { CliResponse } from '../../../mwaa/connection/post.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { encodeStreams } from '../mwaa/cli-responses.ts';
import { getLoggedLines } from './logged-lines.ts';
import { createRelayEnvironment, createTeamGrants, createTestRelay, TEAM_CALLER } from './relay-fixture.ts';

const print = (stdout: string, stderr = '', status = 200): CliResponse => ({
  status,
  body: encodeStreams(stdout, stderr),
});
const DATE = '2026-11-22T00:00:00+00:00';
const TASKS = print(
  JSON.stringify([{ dag_id: 'rep_a', execution_date: DATE, task_id: 't', state: null, start_date: '', end_date: '' }]),
);
const ROWS = print(JSON.stringify([{ dag_id: 'rep_a', run_id: 'r_1', state: 'running', execution_date: DATE }]));

/** Looks a run of `rep_a` up with these grants and answers. */
async function lookUp(release: string, may: string[], answers: CliResponse[], runId = 'r_1') {
  const grants = createTeamGrants(may);
  const catalog = CATALOGS.read(release);
  const policy = compilePolicy(grants, catalog).policy;
  const environment = { ...createRelayEnvironment(grants), airflow: release, catalog, policy };
  const { relay, sent, record } = createTestRelay(environment, () => answers[sent.length - 1]!);
  const result = await relayRunLookup(relay, TEAM_CALLER, { kind: 'run', dagId: 'rep_a', runId }).catch(
    (error: unknown) => error,
  );
  return { result, sent, record, code: result instanceof Problem ? result.code : undefined };
}

beforeEach(() => {
  vi.spyOn(console, 'log').mockReset().mockReturnValue();
});

const BY_DATE = ['tasks states-for-dag-run rep_* *', 'dags list-runs --dag-id=rep_* --start-date=* --end-date=*'];

describe('the state of a run', () => {
  test('has the same members on every release', async () => {
    const shared = { dagId: 'rep_a', runId: 'r_1', state: 'running', environment: 'prod' };
    expect((await lookUp('2.10.3', BY_DATE, [TASKS, ROWS])).result).toEqual({
      ...shared,
      airflowVersion: '2.10.3',
      logicalDate: DATE,
    });
    expect((await lookUp('3.0.6', ['dags state rep_* *'], [print('running\n')])).result).toEqual({
      ...shared,
      airflowVersion: '3.0.6',
    });
    const table = print('1   | r_1                  | running    | x | y |\n');
    expect((await lookUp('1.10.12', ['list_dag_runs rep_*'], [table])).result).toMatchObject(shared);
  });

  test.each<[what: string, release: string, may: string[], code: string]>([
    ['nothing', '3.0.6', ['version'], 'not-granted'],
    ['another DAG', '3.0.6', ['dags state other *', 'dags list-runs other'], 'not-granted'],
    ['one of two commands', '2.10.3', BY_DATE.slice(0, 1), 'not-granted'],
    ['everything, on a release without a look-up', '2.0.2', ['*'], 'invalid-command'],
  ])('is not read with a grant for %s', async (_what, release, may, code) => {
    const { result, sent } = await lookUp(release, may, []);
    expect(result).toMatchObject({ code });
    expect(sent).toEqual([]);
  });

  test('is not read at a date for which there is no grant', async () => {
    const may = [BY_DATE[0]!, 'dags list-runs --dag-id=rep_* --start-date=2026-11-21T00:00:00+00:00 --end-date=*'];
    const { code, sent } = await lookUp('2.10.3', may, [print('[]\n'), TASKS], 'manual__2026-11-21T00:00:00+00:00');
    expect({ code, sent: sent.length }).toEqual({ code: 'not-granted', sent: 2 });
  });

  test('is read from the list of all runs if only that is granted', async () => {
    const { result, sent } = await lookUp('2.10.3', ['dags list-runs --dag-id=rep_*'], [ROWS]);
    expect(result).toMatchObject({ state: 'running' });
    expect(sent).toEqual(['dags list-runs --dag-id=rep_a --output=json']);
  });

  test('is read for an id that looks like an option', async () => {
    expect(await lookUp('3.0.6', ['@read'], [print('running\n')], '--verbose')).toMatchObject({
      result: { runId: '--verbose', state: 'running' },
      sent: ['dags state -- rep_a --verbose'],
    });
  });

  test('of a DAG without tasks is read from the list of all runs, with the same grant', async () => {
    const { result, sent } = await lookUp('2.10.3', BY_DATE, [print('[]\n'), ROWS]);
    expect(result).toMatchObject({ state: 'running' });
    expect(sent[1]).toBe('dags list-runs --dag-id=rep_a --output=json');
  });

  test('is read although DAG files may have printed the first, empty list', async () => {
    const runId = 'manual__2026-11-21T00:00:00+00:00';
    const rows = print(JSON.stringify([{ dag_id: 'rep_a', run_id: runId, state: 'running', execution_date: DATE }]));
    const { result } = await lookUp('2.2.2', BY_DATE, [print('No data found\n'), TASKS, rows], runId);
    expect(result).toMatchObject({ state: 'running' });
  });

  test.each<[what: string, answer: CliResponse, code: string]>([
    ['no such run', print('None\n'), 'run-not-found'],
    ['no such DAG', print('', "DAG: rep_a does not exist in 'dag' table\n", 400), 'run-not-found'],
    [
      'a failure',
      print(
        '',
        'Traceback (most recent call last):\n  File "/usr/local/bin/airflow", line 8, in <module>\na.B: no\n',
        400,
      ),
      'command-failed',
    ],
    ['a killed process', print('runn', '', 400), 'command-failed'],
    ['nothing', print(''), 'outcome-unclear'],
  ])('is a problem after %s', async (_what, answer, code) => {
    const result = await lookUp('3.0.6', ['dags state rep_* *'], [answer]);
    expect(result).toMatchObject({ code, result: { data: expect.anything() } });
  });

  test('a plus sign that became a space is explained', async () => {
    const { result } = await lookUp('3.0.6', ['@read'], [print('None\n')], 'manual__2026-11-22T00:00:00 00:00');
    expect(result).toMatchObject({ code: 'run-not-found', message: expect.stringContaining('%2B') });
  });

  test('is logged like its commands', async () => {
    const { record } = await lookUp('2.10.3', BY_DATE, [TASKS, ROWS]);
    expect(getLoggedLines().map(({ audit, command }) => [audit, command.slice(0, 2)])).toEqual([
      ['intent', ['tasks', 'states-for-dag-run']],
      ['intent', ['dags', 'list-runs']],
    ]);
    expect(getLoggedLines()[1]).not.toHaveProperty('trace');
    expect(record).toMatchObject({
      decision: 'allowed',
      grant: expect.stringContaining('list-runs'),
      outcome: 'succeeded',
    });
  });
});
