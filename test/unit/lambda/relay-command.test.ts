import { describe, expect, test, vi } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { readRequestBody } from '../../../lambda/event/read-request-body.ts';
import type { AuditRecord } from '../../../lambda/relay/audit-log.ts';
import { relayCommand } from '../../../lambda/relay/relay-command.ts';
import type { RelayEnvironment } from '../../../lambda/relay/relay-environment.ts';
import { runIdFromKey, runIdFromRequest } from '../../../lambda/relay/run-id.ts';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import { type CliResponse, NoResponseError } from '../../../mwaa/connection/create-post.ts';
import { type Caller, callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const grants = [
  {
    who: ['arn:aws:iam::111122223333:role/team'],
    may: ['dags trigger * --conf=*', 'dags list', 'variables set * *', 'tasks clear *'],
    line: 3,
  },
];
const environment: RelayEnvironment = {
  name: 'prod',
  mwaaName: 'Prod',
  airflow: '2.10.3',
  catalog: AIRFLOW_2,
  grants,
  policy: compilePolicy(grants, AIRFLOW_2).policy,
  timeouts: { postSeconds: 10, abortSeconds: 20, connectSeconds: 5, tokenSeconds: 5, busySeconds: 5 },
  webServerDomains: [],
  limits: { answerBytes: 1_000_000, outputBytes: 1_000_000 },
};
const caller = callerFromArn('arn:aws:sts::111122223333:assumed-role/team/jo')!;

const encodeBase64 = (text: string) => Buffer.from(text).toString('base64');
const encodeStreams = (stdout: string, stderr = ''): string =>
  JSON.stringify({ stdout: encodeBase64(stdout), stderr: encodeBase64(stderr) });
const TRIGGER_OUTPUT = '[{"dag_id": "d", "dag_run_id": "r"}]';
const TRIGGER_BODY = encodeStreams(TRIGGER_OUTPUT);

/** Where triggers may have every option. */
const allTriggerOptionsGrants = [{ ...grants[0]!, may: ['dags trigger * --*'] }];
const allTriggerOptionsEnvironment: RelayEnvironment = {
  ...environment,
  grants: allTriggerOptionsGrants,
  policy: compilePolicy(allTriggerOptionsGrants, AIRFLOW_2).policy,
};

interface RelayTestOptions {
  readonly key?: string;
  readonly caller?: Caller;
  readonly environment?: RelayEnvironment;
}

/** Runs a command against answers given in turn. Tells what was sent, how many tokens were asked for, and what the log says. */
async function runRelayCommand(
  command: string,
  answers: readonly (CliResponse | NoResponseError)[],
  how: RelayTestOptions = {},
) {
  const left = [...answers];
  const sent: string[] = [];
  const logged = vi.spyOn(console, 'log').mockImplementation(() => {});
  let tokens = 0;
  const audit: AuditRecord = { requestId: 'id-1', lambdaRequestId: 'id-1', environment: 'prod' };
  const upstream = {
    tokens: {
      get: async () => ({ token: `secret-${++tokens}`, hostname: 'web.example' }),
      invalidate: () => {},
    },
    post: async (_token: unknown, line: string) => {
      sent.push(line);
      const answer = left.shift()!;
      if (answer instanceof NoResponseError) throw answer;
      return answer;
    },
  };
  const result = await relayCommand(
    {
      environment: how.environment ?? environment,
      send: createSendCommand(upstream),
      signal: AbortSignal.timeout(1000),
      timeLeftMs: () => 1000,
      audit,
    },
    {
      ...readRequestBody('text/plain', command),
      lambdaRequestId: 'id-1',
      caller: how.caller ?? caller,
      idempotencyKey: how.key,
    },
  ).catch((error: unknown) => error);
  const log = logged.mock.calls.map(([line]) => JSON.parse(line));
  logged.mockRestore();
  return { result, sent, tokens, audit, log };
}

test('a granted command is sent once, completed, and its answer read', async () => {
  const { result, sent, tokens, audit } = await runRelayCommand(`dags trigger d --conf '{"a":1}'`, [
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
    output: [{ dag_id: 'd', dag_run_id: 'r' }],
  });
  expect(audit).toMatchObject({
    decision: 'allowed',
    grant: 'dags trigger * --conf=*',
    grantLine: 3,
    outcome: 'succeeded',
  });
  expect(audit.command?.join(' ')).toBe(
    'dags trigger --conf=*** --no-replace-microseconds --output=json --run-id=mwaa-cli-proxy__request-id-1 d',
  );
});

test('what is not granted asks for no token and sends nothing', async () => {
  const { result, sent, tokens, audit } = await runRelayCommand('dags delete d', []);
  expect(result).toMatchObject({
    code: 'not-granted',
    message: expect.stringContaining('Granted to this caller: dags trigger * --conf=*; dags list;'),
    data: { granted: grants[0]!.may },
  });
  expect({ sent, tokens, decision: audit.decision }).toEqual({ sent: [], tokens: 0, decision: 'refused' });
});

describe('an answer that is not a 200 with streams', () => {
  const TRACEBACK = 'Traceback (most recent call last):\n  File "/bin/airflow", line 8, in <module>\na.B: no\n';
  const HTML = '<html>';

  test.each<
    [
      what: string,
      command: string,
      answers: (CliResponse | NoResponseError)[],
      problem: string,
      retrySafe: boolean | undefined,
    ]
  >([
    ['a failure', 'dags trigger d', [{ status: 200, body: encodeStreams('', TRACEBACK) }], 'command-failed', undefined],
    [
      'a failure as 400',
      'dags trigger d',
      [{ status: 400, body: encodeStreams('', TRACEBACK) }],
      'command-failed',
      undefined,
    ],
    ['no JSON in it', 'dags trigger d', [{ status: 200, body: encodeStreams('Killed') }], 'outcome-unclear', undefined],
    ['no JSON in it, a read', 'dags list', [{ status: 200, body: encodeStreams('Killed') }], 'outcome-unclear', true],
    [
      '403 twice',
      'dags trigger d',
      [
        { status: 403, body: HTML },
        { status: 403, body: HTML },
        { status: 200, body: encodeStreams('2.10.3') },
      ],
      'command-refused',
      undefined,
    ],
    ['503', 'dags trigger d', [{ status: 503, body: HTML }], 'airflow-busy', undefined],
    ['500', 'dags trigger d', [{ status: 500, body: HTML }], 'outcome-unknown', undefined],
    ['500, a read', 'dags list', [{ status: 500, body: HTML }], 'airflow-error', true],
    ['500 with streams', 'tasks clear d', [{ status: 500, body: TRIGGER_BODY }], 'outcome-unknown', undefined],
    ['200 with HTML', 'dags trigger d', [{ status: 200, body: HTML }], 'outcome-unknown', undefined],
    ['not reached', 'dags trigger d', [new NoResponseError('ECONNREFUSED', false)], 'airflow-unreachable', undefined],
    [
      'cut off after sending',
      'dags trigger d',
      [new NoResponseError('ECONNRESET', true)],
      'outcome-unknown',
      undefined,
    ],
    ['cut off, a read', 'dags list', [new NoResponseError('ECONNRESET', true)], 'airflow-error', true],
  ])('%s: %s', async (_what, command, answers, problem, retrySafe) => {
    const { result, sent } = await runRelayCommand(command, answers);
    expect(result).toBeInstanceOf(Problem);
    expect(result).toMatchObject({ code: problem });
    expect((result as Problem).data.retrySafe).toBe(retrySafe);
    expect(sent).toHaveLength(answers.length);
  });

  test('a failure says what Airflow said, not what Python says behind it', async () => {
    const noise = 'Exception ignored in: <function x>\nTraceback (most recent call last):\n  File "/x"\nOSError: bye\n';
    const { result } = await runRelayCommand('dags trigger d', [
      { status: 200, body: encodeStreams('', TRACEBACK + noise) },
    ]);
    expect(result).toMatchObject({ message: 'Airflow did not carry out the command: a.B: no' });
  });

  test('403 once is a stale token: a new one is asked for, and the command sent again', async () => {
    const { result, sent, tokens } = await runRelayCommand('dags trigger d', [
      { status: 403, body: HTML },
      { status: 200, body: TRIGGER_BODY },
    ]);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect({ sent: sent.length, tokens }).toEqual({ sent: 2, tokens: 2 });
  });

  test('an open fate names the run to look for', async () => {
    const { result } = await runRelayCommand('dags trigger d', [new NoResponseError('no answer in time', true)]);
    expect(result).toMatchObject({
      message: expect.stringContaining(
        'Before sending it again, look for run mwaa-cli-proxy__request-id-1 with: dags list-runs --dag-id=d --output=json',
      ),
      data: { runId: 'mwaa-cli-proxy__request-id-1' },
    });
  });
});

test('values are masked in the audit record, also of commands that are refused', async () => {
  const { audit } = await runRelayCommand('variables set api_key hunter2 --description secret', []);
  expect(JSON.stringify(audit)).not.toMatch(/hunter2|secret/);
  expect(audit.command).toContain('api_key');
});

describe('a trigger with a key', () => {
  const KEY = 'order-4711';
  const row = (runId: string) => ({ dag_id: 'd', run_id: runId, state: 'queued' });
  const listing = (...runIds: string[]): CliResponse => ({
    status: 200,
    body: encodeStreams(JSON.stringify(runIds.map(row))),
  });
  const refusal = (said: string): CliResponse => ({
    status: 200,
    body: encodeStreams(
      '',
      `Traceback (most recent call last):\n  File "/bin/airflow", line 8, in <module>\n${said}\n`,
    ),
  });
  const EXISTS = refusal(
    'airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d at 2026 with run id r',
  );
  const runIdOf = async (command: string, how: RelayTestOptions) => {
    const { result } = await runRelayCommand(command, [{ status: 200, body: TRIGGER_BODY }], how);
    return (result as Record<string, unknown>).runId;
  };

  test('has a run id that is the same for the same caller, environment, key and command, and for no other', async () => {
    const same = await runIdOf('dags trigger d', { key: KEY });
    expect(same).toMatch(/^mwaa-cli-proxy__key-[0-9a-f]{64}$/);
    const session = callerFromArn('arn:aws:sts::111122223333:assumed-role/team/another')!;
    expect(await runIdOf('dags  trigger  "d"', { key: KEY, caller: session })).toBe(same);
    const user: Caller = { ...caller, principal: 'arn:aws:iam::111122223333:user/team' };
    const others = [
      await runIdOf('dags trigger d', { key: 'order-4712' }),
      await runIdOf('dags trigger e', { key: KEY }),
      await runIdOf('dags trigger d --conf 1', { key: KEY }),
      await runIdOf('dags trigger d', { key: KEY, caller: user }),
      await runIdOf('dags trigger d', { key: KEY, environment: { ...environment, name: 'test' } }),
      await runIdOf('dags trigger d', {}),
    ];
    expect(new Set([same, ...others]).size).toBe(7);
  });

  test('is sent once, and says that it is no replay', async () => {
    const { result, sent } = await runRelayCommand('dags trigger d', [{ status: 200, body: TRIGGER_BODY }], {
      key: KEY,
    });
    expect(result).toMatchObject({ outcome: 'succeeded', replayed: false });
    expect(result).not.toHaveProperty('retrySafe');
    expect(sent).toHaveLength(1);
  });

  test('whose run exists is answered with that run, and with nothing else of the listing', async () => {
    const runId = String(await runIdOf('dags trigger d', { key: KEY }));
    const { result, sent, audit } = await runRelayCommand('dags trigger d', [EXISTS, listing('other', runId)], {
      key: KEY,
    });
    expect(sent[1]).toBe('dags list-runs --dag-id=d --output=json');
    expect(result).toMatchObject({ outcome: 'succeeded', replayed: true, runId, output: [row(runId)] });
    expect(JSON.stringify(result)).not.toContain('other');
    expect(audit).toMatchObject({ outcome: 'succeeded', replayed: true });
  });

  test('whose date another run has is no replay: safe to send again', async () => {
    const { result } = await runRelayCommand('dags trigger d', [EXISTS, listing('other')], { key: KEY });
    expect(result).toMatchObject({
      code: 'logical-date-collision',
      data: { retrySafe: true, retryAfterSeconds: 1, runId: expect.any(String), replayed: false },
    });
  });

  test('whose date the caller chose, and another run has, wants another date', async () => {
    const command = 'dags trigger d --exec-date 2026-01-01';
    const { result } = await runRelayCommand(command, [EXISTS, listing('other')], {
      key: KEY,
      environment: allTriggerOptionsEnvironment,
    });
    expect(result).toMatchObject({ code: 'logical-date-collision', message: expect.stringContaining('another date') });
    expect((result as Problem).data).not.toHaveProperty('retryAfterSeconds');
  });

  test.each<[what: string, answer: CliResponse | NoResponseError]>([
    ['refused', { status: 500, body: '<html>' }],
    ['lost', new NoResponseError('ECONNRESET', true)],
    ['a failure', refusal('sqlalchemy.exc.OperationalError: database is locked')],
    ['no listing', { status: 200, body: encodeStreams('Killed') }],
  ])('is unclear where the listing is %s: nothing is claimed', async (_what, answer) => {
    const { result } = await runRelayCommand('dags trigger d', [EXISTS, answer], { key: KEY });
    expect(result).toMatchObject({
      code: 'outcome-unclear',
      message: expect.stringContaining('same Idempotency-Key'),
      data: { retrySafe: true, replayed: false },
    });
  });

  test.each([
    ['airflow.exceptions.DagNotFound: Dag id AlreadyExists: Run id x already exists not found in DagModel'],
    ["airflow.exceptions.ParamValidationError: Invalid input for param mode: 'IntegrityError' is not one of ['a']"],
  ])('that failed with what a caller wrote has failed: %s', async (said) => {
    const { result, sent } = await runRelayCommand('dags trigger d', [refusal(said)], { key: KEY });
    expect(result).toMatchObject({ code: 'command-failed' });
    expect(sent).toHaveLength(1);
  });

  test('has another run id than any request', () => {
    const key = runIdFromKey({ principal: 'p', environment: 'e', idempotencyKey: 'k', commandLine: 'l' });
    expect(runIdFromRequest(key.replace(/^mwaa-cli-proxy__/, ''))).not.toBe(key);
  });

  test('whose run has very much in it is answered within the limit', async () => {
    const small = { ...environment, limits: { ...environment.limits, outputBytes: 50 } };
    const runId = String(await runIdOf('dags trigger d', { key: KEY }));
    const { result } = await runRelayCommand('dags trigger d', [EXISTS, listing(runId)], {
      key: KEY,
      environment: small,
    });
    expect(result).toMatchObject({ replayed: true, output: null, outputTruncated: true });
  });

  test('that failed for another reason asks for no listing', async () => {
    const { result, sent } = await runRelayCommand('dags trigger d', [refusal('airflow.exceptions.DagNotFound: d')], {
      key: KEY,
    });
    expect(result).toMatchObject({ code: 'command-failed', data: { retrySafe: true } });
    expect(sent).toHaveLength(1);
  });

  test('may be sent again where its fate is open', async () => {
    const { result } = await runRelayCommand('dags trigger d', [new NoResponseError('ECONNRESET', true)], { key: KEY });
    expect(result).toMatchObject({
      code: 'outcome-unknown',
      message: expect.stringMatching(
        /Send it again with the same Idempotency-Key: it stays one run, mwaa-cli-proxy__key-/,
      ),
      data: { retrySafe: true },
    });
  });

  test('and a run id of its own is refused, and nothing sent', async () => {
    const { result, sent } = await runRelayCommand('dags trigger d --run-id mine', [], {
      key: KEY,
      environment: allTriggerOptionsEnvironment,
    });
    expect(result).toMatchObject({ code: 'malformed-request', message: expect.stringContaining('not both') });
    expect(sent).toEqual([]);
  });

  test('is the only change that takes one', async () => {
    const { result, sent } = await runRelayCommand('variables set a b', [], { key: KEY });
    expect(result).toMatchObject({ code: 'malformed-request', message: expect.stringContaining('"variables set"') });
    expect(sent).toEqual([]);
    expect(
      await runRelayCommand('dags list', [{ status: 200, body: encodeStreams('[]') }], { key: KEY }),
    ).toMatchObject({
      result: { outcome: 'succeeded' },
    });
  });
});

describe('a trigger without a key', () => {
  const exists = (said: string): CliResponse => ({
    status: 200,
    body: encodeStreams(
      '',
      `Traceback (most recent call last):\n  File "/bin/airflow", line 8, in <module>\n${said}\n`,
    ),
  });
  const EXISTS = exists(
    'airflow.exceptions.DagRunAlreadyExists: A DAG Run already exists for DAG d at 2026 with run id mine',
  );
  const listing = (runId: string): CliResponse => ({
    status: 200,
    body: encodeStreams(JSON.stringify([{ dag_id: 'd', run_id: runId }])),
  });

  test('with a run id of its own that exists has failed', async () => {
    const { result } = await runRelayCommand('dags trigger d --run-id mine', [EXISTS, listing('mine')], {
      environment: allTriggerOptionsEnvironment,
    });
    expect(result).toMatchObject({ code: 'command-failed' });
    expect((result as Problem).data).not.toHaveProperty('retrySafe');
  });

  test('with a run id of its own that does not exist has met another run of its date', async () => {
    const { result } = await runRelayCommand('dags trigger d --run-id mine', [EXISTS, listing('other')], {
      environment: allTriggerOptionsEnvironment,
    });
    expect(result).toMatchObject({ code: 'logical-date-collision' });
  });

  test('may not take a run id that the proxy would make', async () => {
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
  test('has the intent before anything is sent', async () => {
    const { log } = await runRelayCommand('variables set token hunter2', [new NoResponseError('ECONNRESET', true)]);
    expect(log).toEqual([
      {
        audit: 'intent',
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

  test('has no intent of what is refused', async () =>
    expect((await runRelayCommand('dags delete d', [])).log).toEqual([]));
});

test('streams and output beyond the limit are cut, and it is said', async () => {
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
