import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../../contract/problem-types.ts';
import { convertErrorsToProblems } from '../../../lambda/middleware/convert-errors-to-problems.ts';
import { createKeyedAirflow } from '../../local/keyed-airflow.ts';

/** What Airflow prints for one command. */
interface Printed {
  readonly stdout?: string;
  readonly stderr?: string;
}

const raise = (exception: string): Printed => ({
  stderr: `Traceback (most recent call last):\n  File "/usr/local/bin/airflow", line 8, in <module>\n${exception}\n`,
});

// Recorded from races on PostgreSQL 16.
const VIOLATION =
  'sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint';
const DATE_VIOLATION = raise(
  `${VIOLATION} "dag_run_dag_id_execution_date_key"\nDETAIL:  Key (dag_id, execution_date)=(d, 2026-11-28 00:00:00+00) already exists.\n`,
);
const RUN_ID_VIOLATION = raise(
  `${VIOLATION} "dag_run_dag_id_run_id_key"\nDETAIL:  Key (dag_id, run_id)=(d, r) already exists.\n`,
);
const EXISTS = raise(
  'airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d at 2026-11-28 00:00:00+00:00 with run id r',
);

/** Sends one trigger to an Airflow that prints these answers in turn. `RUN_ID` stands for the run id of the trigger. */
async function sendTrigger(release: string, command: string, answers: readonly Printed[]) {
  const commandLines: string[] = [];
  const runner = {
    async run(text: string) {
      const { stdout = '', stderr = '' } = answers[commandLines.push(text) - 1] ?? {};
      const runId = /mwaa-cli-proxy__key-\w+/.exec(commandLines[0]!)![0];
      const [out, err] = [stdout, stderr].map((printed) => Buffer.from(printed.replaceAll('RUN_ID', runId)));
      return { exitCode: 0, stdout: out!, stderr: err! };
    },
  };
  const result = await createKeyedAirflow(release, runner).send(command, 'order-4711');
  return { result, commandLines, code: String(result.type).split(':').at(-1) };
}

/** What `tasks states-for-dag-run` prints. */
const createTaskStates = (date: object): Printed => ({
  stdout: `${JSON.stringify([{ dag_id: 'd', ...date, task_id: 't', state: null, start_date: '', end_date: '' }])}\n`,
});
const TASKS = createTaskStates({ execution_date: '2026-11-28T00:00:00+00:00' });
const NO_RUN = raise('airflow.exceptions.AirflowException: Error parsing the supplied execution_date. Error: x');
const NO_TASKS: Printed = { stdout: '[]\n' };
const LISTING: Printed = {
  stdout: `${JSON.stringify([
    { dag_id: 'd', run_id: 'other', execution_date: '2026-11-28T00:00:00+00:00' },
    { dag_id: 'd', run_id: 'RUN_ID', execution_date: '2026-11-28T00:00:00+00:00' },
  ])}\n`,
};
const NO_CONF: Printed = { stdout: 'queued\n' };
const CONF: Printed = { stdout: 'queued, {"a": 1}\n' };
const DATED = 'dags trigger d -e 2026-11-28';

describe('a keyed trigger whose run exists', () => {
  test.each<[what: string, command: string, answers: Printed[]]>([
    ['reported by Airflow', DATED, [EXISTS, TASKS, NO_CONF]],
    ['reported as a duplicate run id', DATED, [RUN_ID_VIOLATION, TASKS, NO_CONF]],
    ['reported as a duplicate date', DATED, [DATE_VIOLATION, TASKS, NO_CONF]],
    ['with a conf', `${DATED} --conf '{"a":1}'`, [DATE_VIOLATION, TASKS, CONF]],
    [
      'in another spelling',
      `dags trigger -o table d -v -e 2026-11-28T00:00:00Z --conf '{"a":1.0}'`,
      [EXISTS, TASKS, CONF],
    ],
  ])('is a replay: %s', async (_what, command, answers) => {
    const { result, commandLines } = await sendTrigger('2.10.3', command, answers);
    expect(result).toMatchObject({
      outcome: 'succeeded',
      replayed: true,
      output: [{ dag_id: 'd', run_id: result.runId, state: 'queued' }],
    });
    expect(commandLines.slice(1)).toEqual([
      `tasks states-for-dag-run --output=json d ${result.runId}`,
      'dags state d 2026-11-28T00:00:00+00:00',
    ]);
  });

  test.each<[what: string, command: string, answers: Printed[]]>([
    ['another conf', `${DATED} --conf '{"a":2}'`, [EXISTS, TASKS, CONF]],
    ['a conf', `${DATED} --conf '{"a":2}'`, [EXISTS, TASKS, NO_CONF]],
    ['no conf', DATED, [EXISTS, TASKS, CONF]],
    ['another date', 'dags trigger d -e 2026-11-29', [EXISTS, TASKS]],
    ['no date', 'dags trigger d', [EXISTS, TASKS]],
  ])('is refused with the run and the command that shows it: %s', async (_what, command, answers) => {
    const { result, commandLines } = await sendTrigger('2.10.3', command, answers);
    expect(result).toMatchObject({
      type: 'urn:mwaa-cli-proxy:problem:key-reused',
      status: 409,
      retrySafe: true,
      replayed: false,
      detail: expect.stringContaining('dags state d 2026-11-28T00:00:00+00:00'),
    });
    expect(result.detail).toContain(String(result.runId));
    expect(commandLines).toHaveLength(answers.length);
  });

  test('lists all runs of a DAG without tasks', async () => {
    const { result, commandLines } = await sendTrigger('2.10.3', DATED, [EXISTS, NO_TASKS, LISTING, NO_CONF]);
    expect(result).toMatchObject({ replayed: true, output: [{ run_id: result.runId }] });
    expect(commandLines[2]).toBe('dags list-runs --dag-id=d --output=json');
  });

  test('finds a run of Airflow 3 by its id', async () => {
    const exists = raise(
      'airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d with run id RUN_ID',
    );
    const { result, commandLines } = await sendTrigger('3.0.6', 'dags trigger d', [
      exists,
      createTaskStates({ logical_date: '' }),
      NO_CONF,
    ]);
    expect(result).toMatchObject({ replayed: true });
    expect(commandLines.slice(1)).toEqual([
      `tasks states-for-dag-run --output=json d ${result.runId}`,
      `dags state d ${result.runId}`,
    ]);
  });

  test.each<[what: string, code: string, answers: Printed[]]>([
    ['no run with the id has the date', 'logical-date-collision', [DATE_VIOLATION, NO_RUN]],
    ['no run with the id, which exists', 'outcome-unclear', [RUN_ID_VIOLATION, NO_RUN]],
    ['the task states fail', 'outcome-unclear', [DATE_VIOLATION, raise('a.B: no')]],
    ['the state fails', 'outcome-unclear', [EXISTS, TASKS, raise('a.B: no')]],
    ['the state is missing', 'outcome-unclear', [EXISTS, TASKS, { stdout: 'None\n' }]],
    ['the date cannot be read', 'outcome-unclear', [EXISTS, createTaskStates({ execution_date: 'x' })]],
  ])('is neither a replay nor refused if it cannot be identified: %s', async (_what, expected, answers) => {
    const { result, code } = await sendTrigger('2.10.3', DATED, answers);
    expect({ code, retrySafe: result.retrySafe }).toEqual({ code: expected, retrySafe: true });
  });

  describe.each(['1.10.12', '2.0.2'])('on Airflow %s, which shows no runs', (release) => {
    const trigger = release.startsWith('1') ? 'trigger_dag d --exec_date 2026-11-28' : DATED;
    const exists = raise('airflow.exceptions.DagRunAlreadyExists: Run id RUN_ID already exists for dag id d');

    test.each<[what: string, answers: Printed[], expected: object]>([
      ['Airflow names the run id', [exists], { replayed: true }],
      ['the database names the date, then Airflow the run id', [DATE_VIOLATION, exists], { replayed: true }],
      ['the database names the date twice', [DATE_VIOLATION, DATE_VIOLATION], { status: 409, retrySafe: true }],
      ['the repeat fails', [DATE_VIOLATION, raise('a.B: no')], { status: 424, retrySafe: true }],
    ])('%s', async (_what, answers, expected) => {
      const { result, commandLines } = await sendTrigger(release, trigger, answers);
      expect(result).toMatchObject(expected);
      expect(new Set(commandLines).size).toBe(1);
      expect(commandLines).toHaveLength(answers.length);
    });
  });
});

describe('every problem of a keyed request is safe to retry', () => {
  test.each(Object.keys(PROBLEM_TYPES) as ProblemCode[])(
    '%s, from the function that API Gateway calls',
    async (code) => {
      const convert = (multiValueHeaders: object) => {
        const request = {
          event: { multiValueHeaders } as APIGatewayProxyEvent,
          error: new Problem(code, 'd'),
          response: undefined,
        };
        convertErrorsToProblems().onError!(request as never);
        return JSON.parse((request.response as unknown as { body: string }).body).retrySafe;
      };
      expect(convert({ 'Idempotency-Key': ['k'] })).toBe(true);
      expect(convert({})).toBe(PROBLEM_TYPES[code].retrySafe);
    },
  );

  test.each<[what: string, answer: Printed]>([
    ['a failure', raise('airflow.exceptions.DagNotFound: d')],
    ['an unclear output', { stdout: 'Killed\n' }],
    ['another run', { stdout: '[{"dag_id":"d","dag_run_id":"r"}]\n' }],
    ['nothing', {}],
  ])('%s from Airflow', async (_what, answer) => {
    expect((await sendTrigger('2.10.3', DATED, [answer])).result).toMatchObject({ retrySafe: true });
  });
});
