import { describe, expect, test, vi } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { runIdFromKey, runIdFromRequest } from '../../../lambda/command/run-id.ts';
import { readRequestBody } from '../../../lambda/event/read-request-body.ts';
import { relayCommand } from '../../../lambda/relay/relay-command.ts';
import type { RelayEnvironment } from '../../../lambda/relay/relay-environment.ts';
import { NoResponseError } from '../../../mwaa/connection/no-response-error.ts';
import type { CliResponse } from '../../../mwaa/connection/post.ts';
import { type Caller, callerFromArn } from '../../../policy/caller.ts';
import { encodeStreams, HTML_BODY } from '../mwaa/cli-responses.ts';
import { createRelayEnvironment, createTeamGrants, createTestRelay, REQUEST_ID, TEAM_CALLER } from './relay-fixture.ts';

const TEAM_RULES = ['dags trigger * --conf=*', 'dags list', 'variables set * *', 'tasks clear *'];
const environment = createRelayEnvironment(createTeamGrants(TEAM_RULES));
/** An environment in which triggers may have any option. */
const allTriggerOptionsEnvironment = createRelayEnvironment(createTeamGrants(['dags trigger * --*']));

const TRIGGER_OUTPUT = '[{"dag_id": "d", "dag_run_id": "mwaa-cli-proxy__request-id-1"}]';
const TRIGGER_BODY = encodeStreams(TRIGGER_OUTPUT);

/** Creates the response to a failed command whose uncaught exception is the given line. */
const createFailure = (exception: string): CliResponse => ({
  status: 200,
  body: encodeStreams(
    '',
    `Traceback (most recent call last):\n  File "/bin/airflow", line 8, in <module>\n${exception}\n`,
  ),
});

interface RelayTestOptions {
  readonly key?: string;
  readonly caller?: Caller;
  readonly environment?: RelayEnvironment;
}

/** Runs a command against the given responses, one per post. Returns what was sent, the number of tokens and the log. */
async function runRelayCommand(
  command: string,
  responses: readonly (CliResponse | NoResponseError)[],
  options: RelayTestOptions = {},
) {
  const remaining = [...responses];
  const consoleLog = vi.spyOn(console, 'log').mockImplementation(() => {});
  const { relay, sent, tokenRequests, record } = createTestRelay(options.environment ?? environment, () => {
    const response = remaining.shift()!;
    if (response instanceof NoResponseError) throw response;
    return response;
  });
  const request = {
    kind: 'command' as const,
    ...readRequestBody('text/plain', Buffer.from(command)),
    uniqueId: REQUEST_ID,
    ...(options.key === undefined ? {} : { idempotencyKey: options.key }),
  };
  const result = await relayCommand(relay, options.caller ?? TEAM_CALLER, request).catch((error: unknown) => error);
  const log = consoleLog.mock.calls.map(([line]) => JSON.parse(line));
  consoleLog.mockRestore();
  return { result, sent, tokens: tokenRequests(), record, log };
}

test('sends a granted command once, completed, and reads the response', async () => {
  const { result, sent, tokens, record } = await runRelayCommand(`dags trigger d --conf '{"a":1}'`, [
    { status: 200, body: TRIGGER_BODY },
  ]);
  expect(sent).toEqual([
    `dags trigger --conf='{"a":1}' --no-replace-microseconds --output=json --run-id=mwaa-cli-proxy__request-id-1 d`,
  ]);
  expect(tokens).toBe(1);
  expect(result).toMatchObject({
    environment: 'prod',
    airflowVersion: '2.10.3',
    runId: 'mwaa-cli-proxy__request-id-1',
    outcome: 'succeeded',
    output: [{ dag_id: 'd', dag_run_id: 'mwaa-cli-proxy__request-id-1' }],
  });
  expect(record).toMatchObject({
    decision: 'allowed',
    grant: 'dags trigger * --conf=*',
    grantLine: 3,
    outcome: 'succeeded',
  });
  expect(record.command?.join(' ')).toBe(
    'dags trigger --conf=*** --no-replace-microseconds --output=json --run-id=mwaa-cli-proxy__request-id-1 d',
  );
});

test('rejects a command that is not granted before requesting a token', async () => {
  const { result, sent, tokens, record } = await runRelayCommand('dags delete d', []);
  expect(result).toMatchObject({
    code: 'not-granted',
    message: expect.stringContaining('Granted to this caller: dags trigger * --conf=*; dags list;'),
    data: { granted: TEAM_RULES },
  });
  expect({ sent, tokens, decision: record.decision }).toEqual({ sent: [], tokens: 0, decision: 'refused' });
});

describe('a response other than 200 with streams', () => {
  const TRACEBACK = 'Traceback (most recent call last):\n  File "/bin/airflow", line 8, in <module>\na.B: no\n';

  test.each<
    [
      what: string,
      command: string,
      responses: (CliResponse | NoResponseError)[],
      problem: string,
      retrySafe: boolean | undefined,
    ]
  >([
    [
      'a failure as 200',
      'dags trigger d',
      [{ status: 200, body: encodeStreams('', TRACEBACK) }],
      'command-failed',
      undefined,
    ],
    [
      'a failure as 400',
      'dags trigger d',
      [{ status: 400, body: encodeStreams('', TRACEBACK) }],
      'command-failed',
      undefined,
    ],
    [
      'output without JSON, a trigger',
      'dags trigger d',
      [{ status: 200, body: encodeStreams('Killed') }],
      'outcome-unclear',
      undefined,
    ],
    [
      'output without JSON, a read-only command',
      'dags list',
      [{ status: 200, body: encodeStreams('Killed') }],
      'outcome-unclear',
      true,
    ],
    [
      '403 twice, while version runs',
      'dags trigger d',
      [
        { status: 403, body: HTML_BODY },
        { status: 403, body: HTML_BODY },
        { status: 200, body: encodeStreams('2.10.3') },
      ],
      'command-refused',
      undefined,
    ],
    ['503', 'dags trigger d', [{ status: 503, body: HTML_BODY }], 'airflow-busy', undefined],
    ['500', 'dags trigger d', [{ status: 500, body: HTML_BODY }], 'outcome-unknown', undefined],
    ['500, a read-only command', 'dags list', [{ status: 500, body: HTML_BODY }], 'airflow-error', true],
    ['500 with streams', 'tasks clear d', [{ status: 500, body: TRIGGER_BODY }], 'outcome-unknown', undefined],
    ['200 with HTML', 'dags trigger d', [{ status: 200, body: HTML_BODY }], 'outcome-unknown', undefined],
    ['no connection', 'dags trigger d', [new NoResponseError('ECONNREFUSED', false)], 'airflow-unreachable', undefined],
    [
      'connection lost after sending',
      'dags trigger d',
      [new NoResponseError('ECONNRESET', true)],
      'outcome-unknown',
      undefined,
    ],
    [
      'connection lost after sending, a read-only command',
      'dags list',
      [new NoResponseError('ECONNRESET', true)],
      'airflow-error',
      true,
    ],
  ])('%s: %s', async (_what, command, responses, problem, retrySafe) => {
    const { result, sent } = await runRelayCommand(command, responses);
    expect(result).toBeInstanceOf(Problem);
    expect(result).toMatchObject({ code: problem });
    expect((result as Problem).data.retrySafe).toBe(retrySafe);
    expect(sent).toHaveLength(responses.length);
  });

  test('reports the exception of a failure, not the noise that Python prints after it', async () => {
    const noise = 'Exception ignored in: <function x>\nTraceback (most recent call last):\n  File "/x"\nOSError: bye\n';
    const { result } = await runRelayCommand('dags trigger d', [
      { status: 200, body: encodeStreams('', TRACEBACK + noise) },
    ]);
    expect(result).toMatchObject({ message: 'The command failed in Airflow: a.B: no' });
  });

  test('after one 403, requests a new token and sends the command again', async () => {
    const { result, sent, tokens } = await runRelayCommand('dags trigger d', [
      { status: 403, body: HTML_BODY },
      { status: 200, body: TRIGGER_BODY },
    ]);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect({ sent: sent.length, tokens }).toEqual({ sent: 2, tokens: 2 });
  });

  test('an unknown outcome names the run to look for', async () => {
    const { result } = await runRelayCommand('dags trigger d', [
      new NoResponseError('no complete response arrived in time', true),
    ]);
    expect(result).toMatchObject({
      message: expect.stringContaining(
        'check whether run mwaa-cli-proxy__request-id-1 exists: tasks states-for-dag-run --output=json d mwaa-cli-proxy__request-id-1',
      ),
      data: { runId: 'mwaa-cli-proxy__request-id-1' },
    });
  });
});

test('masks values in the log record, even for rejected commands', async () => {
  const { record } = await runRelayCommand('variables set api_key hunter2 --description secret', []);
  expect(JSON.stringify(record)).not.toMatch(/hunter2|secret/);
  expect(record.command).toContain('api_key');
});

/** What `tasks states-for-dag-run` prints: the date of a run, or that there is none. */
const createTaskStates = (date: string): CliResponse => ({
  status: 200,
  body: encodeStreams(
    JSON.stringify([{ dag_id: 'd', execution_date: date, task_id: 't', state: null, start_date: '', end_date: '' }]),
  ),
});
const NO_RUN = createFailure(
  'airflow.exceptions.AirflowException: Error parsing the supplied execution_date. Error: x',
);

describe('a trigger with an idempotency key', () => {
  const KEY = 'order-4711';
  const DATE = '2026-11-22T12:00:00.123456+00:00';
  const STATE: CliResponse = { status: 200, body: encodeStreams('queued\n') };
  const TASKS = createTaskStates(DATE);
  const EXISTS = createFailure(
    'airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d at 2026 with run id r',
  );
  const getRunId = async (command: string, options: RelayTestOptions) => {
    const { result } = await runRelayCommand(command, [{ status: 200, body: TRIGGER_BODY }], options);
    return (result instanceof Problem ? result.data : (result as Record<string, unknown>)).runId;
  };

  test('has the same run id for the same caller, environment, key and DAG, and a different one otherwise', async () => {
    const same = await getRunId('dags trigger d', { key: KEY });
    expect(same).toMatch(/^mwaa-cli-proxy__key-[0-9a-f]{64}$/);
    const otherSession = callerFromArn('arn:aws:sts::111122223333:assumed-role/team/another')!;
    expect(await getRunId('dags  trigger  "d"', { key: KEY, caller: otherSession })).toBe(same);
    const user: Caller = { ...TEAM_CALLER, principal: 'arn:aws:iam::111122223333:user/team' };
    const others = [
      await getRunId('dags trigger d', { key: 'order-4712' }),
      await getRunId('dags trigger e', { key: KEY }),
      await getRunId('dags trigger d', { key: KEY, caller: user }),
      await getRunId('dags trigger d', { key: KEY, environment: { ...environment, name: 'test' } }),
      await getRunId('dags trigger d', {}),
    ];
    expect(new Set([same, ...others]).size).toBe(6);
  });

  test('is sent once, and the response says that it is not a replay', async () => {
    const runId = String(await getRunId('dags trigger d', { key: KEY }));
    const body = encodeStreams(JSON.stringify([{ dag_id: 'd', dag_run_id: runId }]));
    const { result, sent } = await runRelayCommand('dags trigger d', [{ status: 200, body }], { key: KEY });
    expect(result).toMatchObject({ outcome: 'succeeded', replayed: false });
    expect(result).not.toHaveProperty('retrySafe');
    expect(sent).toHaveLength(1);
  });

  test('returns the existing run', async () => {
    const runId = String(await getRunId('dags trigger d', { key: KEY }));
    const { result, sent, record } = await runRelayCommand('dags trigger d', [EXISTS, TASKS, STATE], { key: KEY });
    expect(sent.slice(1)).toEqual([`tasks states-for-dag-run --output=json d ${runId}`, `dags state d ${DATE}`]);
    expect(result).toMatchObject({
      outcome: 'succeeded',
      replayed: true,
      runId,
      output: [{ dag_id: 'd', run_id: runId, state: 'queued', execution_date: DATE }],
    });
    expect(record).toMatchObject({ outcome: 'succeeded', replayed: true });
  });

  test('fails with a collision that is safe to retry if another run has the same logical date', async () => {
    const { result } = await runRelayCommand('dags trigger d', [EXISTS, NO_RUN], { key: KEY });
    expect(result).toMatchObject({
      code: 'logical-date-collision',
      data: { retrySafe: true, retryAfterSeconds: 1, runId: expect.any(String), replayed: false },
    });
  });

  test('fails with a request for another date if another run has the logical date that the caller chose', async () => {
    const command = 'dags trigger d --exec-date 2026-01-01';
    const { result } = await runRelayCommand(command, [EXISTS, NO_RUN], {
      key: KEY,
      environment: allTriggerOptionsEnvironment,
    });
    expect(result).toMatchObject({ code: 'logical-date-collision', message: expect.stringContaining('another date') });
    expect((result as Problem).data).not.toHaveProperty('retryAfterSeconds');
  });

  test.each<[what: string, response: CliResponse | NoResponseError]>([
    ['a 500', { status: 500, body: '<html>' }],
    ['a lost connection', new NoResponseError('ECONNRESET', true)],
    ['a failure', createFailure('sqlalchemy.exc.OperationalError: database is locked')],
    ['no JSON', { status: 200, body: encodeStreams('Killed') }],
  ])('has an unclear outcome if the response to the look-up is %s', async (_what, response) => {
    const { result } = await runRelayCommand('dags trigger d', [EXISTS, response], { key: KEY });
    expect(result).toMatchObject({
      code: 'outcome-unclear',
      message: expect.stringContaining('same Idempotency-Key'),
      data: { retrySafe: true, replayed: false },
    });
  });

  test.each([
    ['airflow.exceptions.DagNotFound: Dag id AlreadyExists: Run id x already exists not found in DagModel'],
    ["airflow.exceptions.ParamValidationError: Invalid input for param mode: 'IntegrityError' is not one of ['a']"],
  ])('fails if only text from the caller mentions an existing run: %s', async (exception) => {
    const { result, sent } = await runRelayCommand('dags trigger d', [createFailure(exception)], { key: KEY });
    expect(result).toMatchObject({ code: 'command-failed' });
    expect(sent).toHaveLength(1);
  });

  test('never has the run id of a request without a key', () => {
    const key = runIdFromKey({ principal: 'p', environment: 'e', idempotencyKey: 'k', hiddenContent: ['l'] });
    expect(runIdFromRequest(key.replace(/^mwaa-cli-proxy__/, ''))).not.toBe(key);
  });

  test('truncates an existing run that exceeds the size limit', async () => {
    const small = { ...environment, limits: { ...environment.limits, outputBytes: 50 } };
    const { result } = await runRelayCommand('dags trigger d', [EXISTS, TASKS, STATE], {
      key: KEY,
      environment: small,
    });
    expect(result).toMatchObject({ replayed: true, output: null, outputTruncated: true });
  });

  test('does not list runs after any other failure', async () => {
    const { result, sent } = await runRelayCommand(
      'dags trigger d',
      [createFailure('airflow.exceptions.DagNotFound: d')],
      {
        key: KEY,
      },
    );
    expect(result).toMatchObject({ code: 'command-failed', data: { retrySafe: true } });
    expect(sent).toHaveLength(1);
  });

  test('may be sent again after an unknown outcome', async () => {
    const { result } = await runRelayCommand('dags trigger d', [new NoResponseError('ECONNRESET', true)], { key: KEY });
    expect(result).toMatchObject({
      code: 'outcome-unknown',
      message: expect.stringMatching(/Send it again with the same Idempotency-Key: .* mwaa-cli-proxy__key-/),
      data: { retrySafe: true },
    });
  });

  test('is rejected with --run-id, and nothing is sent', async () => {
    const { result, sent } = await runRelayCommand('dags trigger d --run-id mine', [], {
      key: KEY,
      environment: allTriggerOptionsEnvironment,
    });
    expect(result).toMatchObject({ code: 'malformed-request', message: expect.stringContaining('not both') });
    expect(sent).toEqual([]);
  });

  const DAG_LIST = '[{"dag_id":"d","fileloc":"/d.py","owners":["a"],"is_paused":"False"}]\n';
  test('another command that changes something is rejected with a key, and a read-only command is not', async () => {
    const { result, sent } = await runRelayCommand('variables set a b', [], { key: KEY });
    expect(result).toMatchObject({ code: 'malformed-request', message: expect.stringContaining('"variables set"') });
    expect(sent).toEqual([]);
    expect(
      await runRelayCommand('dags list', [{ status: 200, body: encodeStreams(DAG_LIST) }], { key: KEY }),
    ).toMatchObject({
      result: { outcome: 'succeeded' },
    });
  });
});

describe('a trigger without an idempotency key', () => {
  const EXISTS = createFailure(
    'airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d at 2026 with run id mine',
  );
  const createListing = (runId: string): CliResponse => ({
    status: 200,
    body: encodeStreams(JSON.stringify([{ dag_id: 'd', run_id: runId }])),
  });

  test('fails if the chosen run id exists', async () => {
    const { result } = await runRelayCommand(
      'dags trigger d --run-id mine',
      [EXISTS, createTaskStates('2026-11-22'), createListing('mine')],
      {
        environment: allTriggerOptionsEnvironment,
      },
    );
    expect(result).toMatchObject({ code: 'command-failed' });
    expect((result as Problem).data).not.toHaveProperty('retrySafe');
  });

  test('is a logical date collision if the chosen run id does not exist', async () => {
    const { result } = await runRelayCommand(
      'dags trigger d --run-id mine',
      [EXISTS, createTaskStates('2026-11-22'), createListing('other')],
      {
        environment: allTriggerOptionsEnvironment,
      },
    );
    expect(result).toMatchObject({ code: 'logical-date-collision' });
  });

  test('is rejected with a run id that only the proxy creates', async () => {
    for (const runId of ['mwaa-cli-proxy__key-0', 'MWAA-CLI-PROXY__x']) {
      const { result, sent } = await runRelayCommand(`dags trigger d --run-id ${runId}`, [], {
        environment: allTriggerOptionsEnvironment,
      });
      expect(result).toMatchObject({
        code: 'invalid-value',
        message: expect.stringContaining('reserved for the proxy'),
      });
      expect(sent).toEqual([]);
    }
  });
});

describe('the log', () => {
  test('has the intent line before the command is sent', async () => {
    const { log } = await runRelayCommand('variables set token hunter2', [new NoResponseError('ECONNRESET', true)]);
    expect(log).toEqual([
      {
        audit: 'intent',
        extendedRequestId: 'x-1',
        requestId: 'id-1',
        lambdaRequestId: 'id-1',
        environment: 'prod',
        command: ['variables', 'set', 'token', '***'],
        decision: 'allowed',
        grant: 'variables set * *',
        grantLine: 3,
      },
    ]);
  });

  test('has no intent line for a rejected command', async () =>
    expect((await runRelayCommand('dags delete d', [])).log).toEqual([]));
});

test('truncates streams and output beyond the limit and reports it', async () => {
  const small = { ...environment, limits: { ...environment.limits, outputBytes: 20 } };
  const { result } = await runRelayCommand(
    'dags trigger d',
    [{ status: 200, body: encodeStreams(`${TRIGGER_OUTPUT}\n`, 'x'.repeat(30)) }],
    {
      environment: small,
    },
  );
  expect(result).toMatchObject({
    outcome: 'succeeded',
    output: null,
    outputTruncated: true,
    stdout: TRIGGER_OUTPUT.slice(0, 20),
    stdoutTruncated: true,
    stderr: 'x'.repeat(20),
    stderrTruncated: true,
  });
});

test('a word with which Linux starts no process is refused before it is sent', async () => {
  const fitting = await runRelayCommand(`variables set key ${'x'.repeat(131_071)}`, [
    { status: 200, body: TRIGGER_BODY },
  ]);
  expect(fitting.sent).toHaveLength(1);
  // Rendered, each of these characters has six.
  for (const command of [
    `variables set key ${'x'.repeat(131_072)}`,
    `dags trigger d --conf '"${'é'.repeat(22_000)}"'`,
  ]) {
    const { result, sent } = await runRelayCommand(command, []);
    expect(result).toMatchObject({ code: 'request-too-large' });
    expect(sent).toEqual([]);
  }
});

describe('streams that contain only "sub command not allowed"', () => {
  const refusableEnvironment = createRelayEnvironment(
    createTeamGrants(['db reset --*', 'dags list', 'dags trigger *', 'dags reserialize', 'variables get *']),
  );
  const REFUSED = encodeStreams('', 'sub command not allowed\n');
  const PRINTED = encodeStreams('sub command not allowed\n');

  test.each<[what: string, command: string, response: CliResponse, code: string]>([
    ['refuse a command that MWAA does not list', 'db reset -y', { status: 200, body: REFUSED }, 'command-refused'],
    ['refuse it in stdout', 'db reset -y', { status: 200, body: PRINTED }, 'command-refused'],
    ['refuse it with 400', 'db reset -y', { status: 400, body: REFUSED }, 'command-refused'],
    ['do not refuse a command that reads DAG files', 'dags list', { status: 200, body: REFUSED }, 'outcome-unclear'],
    [
      'do not show what became of a silent command',
      'dags reserialize',
      { status: 200, body: PRINTED },
      'outcome-unclear',
    ],
    ['do not show what became of a trigger', 'dags trigger d', { status: 200, body: PRINTED }, 'outcome-unclear'],
  ])('%s', async (_what, command, response, code) => {
    const { result } = await runRelayCommand(command, [response], { environment: refusableEnvironment });
    expect(result).toMatchObject({ code });
  });

  test('may be the value of a variable, but nothing tells', async () => {
    const { result } = await runRelayCommand('variables get k', [{ status: 200, body: PRINTED }], {
      environment: refusableEnvironment,
    });
    expect(result).toMatchObject({ code: 'outcome-unclear' });
  });
});
