import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import { CLAIMS_CONTEXT_KEY } from '../../../contract/event-names.ts';
import { Problem } from '../../../contract/problem.ts';
import type { RelayRequest } from '../../../contract/relay-request.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { createFrontHandler } from '../../../lambda/front/create-front-handler.ts';
import { createFrontEnvironments } from '../../../lambda/front/front-environments.ts';
import type { FrontRecord } from '../../../lambda/front/front-log.ts';
import type { LoggedContext } from '../../../lambda/front/log-requests.ts';
import { RelayOutcomeUnknownError } from '../../../lambda/front/queue/create-invoke-relay.ts';
import { relayCommand } from '../../../lambda/relay/relay-command.ts';
import type { Grant } from '../../../policy/grant.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { encodeStreams } from '../mwaa/cli-responses.ts';
import {
  createRelayEnvironment,
  createTestRelay,
  REQUEST_ID,
  TEAM_CALLER,
  TEAM_ROLE,
  TEAM_SESSION,
} from './relay-fixture.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const READER_SESSION = 'arn:aws:sts::111122223333:assumed-role/reader/jo';
const OTHER_SESSION = 'arn:aws:sts::111122223333:assumed-role/other/jo';

const grants = {
  prod: [
    { who: [TEAM_ROLE], may: ['dags trigger rep_* --conf=*', 'dags pause *'], line: 3 },
    { who: ['arn:aws:iam::111122223333:role/secretive'], may: ['variables get salaries'], line: 9 },
    { who: ['oidc:groups=data'], may: ['version'], line: 12 },
  ],
  next: [
    { who: [TEAM_ROLE], may: ['@trigger'], line: 20 },
    { who: ['arn:aws:iam::111122223333:role/reader'], may: ['dags state rep_* *'], line: 25 },
  ],
};
const catalogReads: string[] = [];
const readTestCatalog = (release: string) => {
  catalogReads.push(release);
  return release === '2.10.3' ? AIRFLOW_2 : AIRFLOW_3;
};
const ALL_GRANTS: readonly Grant[] = Object.values(grants).flat();

const createEntry = (name: keyof typeof grants, airflow: string) => ({
  airflow,
  grants: grants[name].map((grant) => ALL_GRANTS.indexOf(grant)),
  relay: `relay-${name}`,
  slots: 2,
  queueSeconds: 60,
  maxQueueSeconds: 66,
});
const environments = createFrontEnvironments(
  {
    grants: ALL_GRANTS,
    environments: { prod: createEntry('prod', '2.10.3'), next: createEntry('next', '3.0.6') },
  },
  { readCatalog: readTestCatalog, readOperations: (release) => CATALOGS.readOperations(release)! },
);

interface Invocation {
  readonly functionName: string;
  readonly request: RelayRequest;
  readonly waitMs: number;
  readonly slowWaitMs: number;
  readonly deadline: number;
}

/** Creates a front whose relays return a payload or throw. Returns what they were invoked with. */
function createTestFront(respond: () => unknown = () => ({ status: 200, result: 'succeeded', body: {} })) {
  const invocations: Invocation[] = [];
  const handle = createFrontHandler({
    environments,
    acceptsTokens: true,
    respondSeconds: 286,
    now: () => NOW,
    invokeRelay: async ({ functionName }, createPayload, limits, trace) => {
      trace.queuedMs = 40;
      const { waitMs, slowWaitMs, deadline } = limits;
      invocations.push({ functionName, request: JSON.parse(createPayload(40)), waitMs, slowWaitMs, deadline });
      const response = respond();
      return Buffer.from(typeof response === 'string' ? response : JSON.stringify(response));
    },
  });
  const record: FrontRecord = { requestId: 'r-1', extendedRequestId: 'x-1', lambdaRequestId: 'l-1' };
  return { invocations, record, handle: (event: APIGatewayProxyEvent) => handle(event, { record } as LoggedContext) };
}

/** @param path with the name of the environment; the resource has the path parameter instead */
function createSignedEvent(
  userArn: string,
  path: string,
  body?: unknown,
  headers: Record<string, string[]> = {},
): APIGatewayProxyEvent {
  const [, name] = /\/environments\/([^/]+)/.exec(path) ?? [];
  const httpMethod = body === undefined ? 'GET' : 'POST';
  const contentType = typeof body === 'string' ? 'text/plain' : 'application/json';
  return {
    resource: name === undefined ? path : path.replace(name, '{environment}'),
    path,
    pathParameters: name === undefined ? null : { environment: name },
    httpMethod,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    multiValueHeaders: { 'Content-Type': [contentType], ...headers },
    requestContext: { requestId: 'r-1', extendedRequestId: 'x-1', httpMethod, identity: { userArn } },
  } as unknown as APIGatewayProxyEvent;
}

const createOidcEvent = (path: string, claims: object, body?: unknown) => {
  const event = createSignedEvent('', `/oidc${path}`, body);
  const all = { iss: 'https://id.example.com', sub: 'jo', exp: NOW / 1000 + 60, ...claims };
  return {
    ...event,
    requestContext: { ...event.requestContext, authorizer: { [CLAIMS_CONTEXT_KEY]: JSON.stringify(all) } },
  };
};

const getFrontResponse = async (event: APIGatewayProxyEvent) =>
  JSON.parse(`${(await createTestFront().handle(event)).body}`);

test('the record of a command that cannot be parsed has the names of its command and options, and no values', async () => {
  const { record, handle } = createTestFront();
  const argv = ['variables', 'set', 'hunter2', '--jsno=hunter2', '--description', 'hunter2'];

  await expect(handle(createSignedEvent(TEAM_SESSION, '/environments/prod/cli', { argv }))).rejects.toThrow('--jsno');
  expect(record.command).toEqual(['variables', 'set', '***', '***', '--description', '***']);
});

describe('GET /environments', () => {
  test.each<[caller: string, event: APIGatewayProxyEvent, expected: string[]]>([
    ['a role with grants in both environments', createSignedEvent(TEAM_SESSION, '/environments'), ['next', 'prod']],
    ['a role without grants', createSignedEvent(OTHER_SESSION, '/environments'), []],
    ['an OIDC group with a grant in one environment', createOidcEvent('/environments', { groups: ['data'] }), ['prod']],
    ['an OIDC group without grants', createOidcEvent('/environments', { groups: ['sales'] }), []],
  ])('returns only environments with grants for the caller: %s', async (_caller, event, expected) => {
    const { requestId, environments: visible } = await getFrontResponse(event);

    expect(requestId).toBe('r-1');
    expect(visible.map(({ name }: { name: string }) => name)).toEqual(expected);
  });
});

describe('GET /environments/{name}/run', () => {
  const createRunEvent = (name: string, query: Record<string, string[]> | null, caller = TEAM_SESSION) => ({
    ...createSignedEvent(caller, `/environments/${name}/run`),
    multiValueQueryStringParameters: query,
  });
  const RUN = { dagId: ['rep_a'], runId: ['manual__2026-11-22T00:00:00+00:00'] };

  test('is sent to the relay with the ids if the commands that read it are granted', async () => {
    const { handle, invocations, record } = createTestFront();
    expect(await handle(createRunEvent('next', RUN, READER_SESSION))).toMatchObject({ statusCode: 200 });
    expect(invocations[0]!.request.action).toEqual({ kind: 'run', dagId: 'rep_a', runId: RUN.runId[0] });
    expect(record).toMatchObject({
      route: 'run',
      decision: 'allowed',
      command: ['dags', 'state', 'rep_a', RUN.runId[0]],
    });
  });

  test.each<[what: string, event: APIGatewayProxyEvent, code: string]>([
    ['without a grant', createRunEvent('next', RUN), 'not-granted'],
    ['without a grant in an environment', createRunEvent('prod', RUN, OTHER_SESSION), 'not-found'],
    ['without ids', createRunEvent('next', null, READER_SESSION), 'malformed-request'],
  ])('is refused %s, and no relay is invoked', async (_what, event, code) => {
    const { handle, invocations } = createTestFront();
    await expect(handle(event)).rejects.toMatchObject({ code });
    expect(invocations).toEqual([]);
  });

  test('names the run if the answer is lost, and may be repeated', async () => {
    const { handle } = createTestFront(() => 'cut');
    await expect(handle(createRunEvent('next', RUN, READER_SESSION))).rejects.toMatchObject({
      code: 'relay-failed',
      data: { dagId: 'rep_a', runId: RUN.runId[0], retrySafe: true },
    });
  });
});

describe('GET /environments/{name}/commands', () => {
  test('returns the commands granted to the caller, with the granted options', async () => {
    const { commands, airflowVersion } = await getFrontResponse(
      createSignedEvent(TEAM_SESSION, '/environments/prod/commands'),
    );

    expect(airflowVersion).toBe('2.10.3');
    expect(commands).toEqual([
      {
        command: 'dags trigger',
        usage: expect.stringMatching(/^dags trigger dag_id \[--conf CONF\]/),
        grant: 'dags trigger rep_* --conf=*',
        line: 3,
        options: expect.arrayContaining(['-c', '--conf', '-o', '--output']),
      },
      expect.objectContaining({ command: 'dags pause', grant: 'dags pause *' }),
    ]);
    expect(commands[0].options).not.toContain('--run-id');
    expect(commands[0].usage).not.toContain('--run-id');
  });

  test('expands a set to its commands in this release, with every option that is not wide', async () => {
    const { commands } = await getFrontResponse(createSignedEvent(TEAM_SESSION, '/environments/next/commands'));
    const [first] = commands;

    expect(commands.map(({ command }: { command: string }) => command)).toEqual(['assets materialize', 'dags trigger']);
    expect(commands[1].options).toContain('--run-id');
    expect(first.grant).toBe('@trigger');
  });

  test('returns nothing about the grants of other callers', async () => {
    const { body } = await createTestFront().handle(createSignedEvent(OTHER_SESSION, '/environments'));
    expect(body).not.toMatch(/salaries|secretive|team|rep_/);
    const commands = await getFrontResponse(createSignedEvent(TEAM_SESSION, '/environments/prod/commands'));
    expect(JSON.stringify(commands)).not.toMatch(/salaries|secretive/);
  });
});

describe('POST /environments/{name}/explain', () => {
  const explain = (body: unknown, userArn = TEAM_SESSION) =>
    getFrontResponse(createSignedEvent(userArn, '/environments/prod/explain', body));

  test.each<[body: unknown, expected: object]>([
    [
      { command: 'dags trigger rep_day' },
      {
        allowed: true,
        grant: 'dags trigger rep_* --conf=*',
        line: 3,
        commandLine: expect.stringMatching(/ rep_day$/),
      },
    ],
    ['dags pause x', { allowed: true, grant: 'dags pause *' }],
    [{ argv: ['dags', 'trigger', 'rep_day', '--conf', { a: 1 }] }, { allowed: true }],
    [{ command: 'dags trigger day' }, { allowed: false, refusal: { code: 'not-granted' } }],
    [{ command: 'variables get salaries' }, { allowed: false, refusal: { code: 'not-granted' } }],
    [{ command: 'dags triger x' }, { allowed: false, refusal: { code: 'unknown-command' } }],
  ])('explains the decision for %j', async (body, expected) => {
    expect(await explain(body)).toMatchObject({ environment: 'prod', ...expected });
  });

  test('does not mention the grants of other callers', async () => {
    for (const body of [{ command: 'variables get salaries' }, { command: 'version' }]) {
      expect(JSON.stringify(await explain(body))).not.toMatch(/secretive|oidc|line (9|12)/i);
    }
  });

  test('rejects a malformed body', async () => {
    await expect(explain({ command: 'x', more: 1 })).rejects.toMatchObject({ code: 'malformed-request' });
  });

  test.each([
    'dags trigger rep_day',
    'dags trigger rep_day -c {"a":1}',
    'dags trigger day',
    'dags pause a b',
    'dags pause x -y',
    'dags list',
    'version',
    'dags trigger',
    'dags trigger rep_day --run-id mwaa-cli-proxy__x',
  ])('decides like the relay and shows the command line that the relay sends: %s', async (command) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const { relay, sent } = createTestRelay(createRelayEnvironment(grants.prod), () => ({
      status: 200,
      body: encodeStreams(''),
    }));
    const request = {
      kind: 'command' as const,
      argv: command.split(' '),
      format: 'json' as const,
      uniqueId: REQUEST_ID,
    };
    await relayCommand(relay, TEAM_CALLER, request).catch(() => {});
    const { allowed, commandLine } = await explain({ argv: command.split(' ') });

    expect(allowed).toBe(sent.length > 0);
    const runId = /mwaa-cli-proxy__[\w-]+/g;
    expect(commandLine?.replace(runId, 'RUN')).toBe(sent[0]?.replace(runId, 'RUN'));
  });
});

describe('an environment that the caller cannot use is not found', () => {
  test.each<[what: string, event: APIGatewayProxyEvent, usable: string[]]>([
    ['an unknown one', createSignedEvent(TEAM_SESSION, '/environments/nope/commands'), ['next', 'prod']],
    [
      'a name of Object.prototype',
      createSignedEvent(TEAM_SESSION, '/environments/__proto__/commands'),
      ['next', 'prod'],
    ],
    ['no grants anywhere', createSignedEvent(OTHER_SESSION, '/environments/prod/cli', 'version'), []],
    ['no grants there', createOidcEvent('/environments/next/cli', { groups: ['data'] }, 'version'), ['prod']],
    [
      'a health check without grants there',
      createOidcEvent('/environments/next/health', { groups: ['data'] }),
      ['prod'],
    ],
  ])('%s', async (_what, event, usable) => {
    const { handle, invocations } = createTestFront();
    await expect(handle(event)).rejects.toMatchObject({ code: 'not-found', data: { environments: usable } });
    expect(invocations).toEqual([]);
  });

  test('a request with a token to an API that accepts none', async () => {
    const handle = createFrontHandler({
      environments,
      acceptsTokens: false,
      respondSeconds: 286,
      now: () => NOW,
      invokeRelay: () => expect.unreachable(),
    });
    const event = createOidcEvent('/environments', { groups: ['data'] });
    await expect(handle(event, { record: {} } as LoggedContext)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a command', () => {
  const EVENT = createSignedEvent(TEAM_SESSION, '/environments/prod/cli', { argv: ['dags', 'trigger', 'rep_day'] });

  test('goes to the relay of its environment, with its caller', async () => {
    const { handle, invocations, record } = createTestFront();
    const { statusCode, headers } = await handle(EVENT);

    expect({ statusCode, type: headers['content-type'] }).toEqual({ statusCode: 200, type: 'application/json' });
    expect(invocations).toEqual([
      {
        functionName: 'relay-prod',
        request: {
          environment: 'prod',
          requestId: 'r-1',
          extendedRequestId: 'x-1',
          caller: { arn: TEAM_SESSION },
          deadline: NOW + 285_000,
          queuedMs: 40,
          action: {
            kind: 'command',
            argv: ['dags', 'trigger', 'rep_day'],
            format: 'json',
            uniqueId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          },
        },
        waitMs: 60_000,
        slowWaitMs: 130_000,
        deadline: NOW + 286_000,
      },
    ]);
    expect(record).toMatchObject({
      route: 'cli',
      environment: 'prod',
      caller: TEAM_SESSION,
      decision: 'allowed',
      grantLine: 3,
      result: 'succeeded',
      queuedMs: 40,
    });
  });

  test('that is not granted never reaches a relay', async () => {
    const { handle, invocations, record } = createTestFront();
    const event = createSignedEvent(TEAM_SESSION, '/environments/prod/cli', 'dags delete x');
    await expect(handle(event)).rejects.toMatchObject({ code: 'not-granted' });
    expect(invocations).toEqual([]);
    expect(record).toMatchObject({ decision: 'refused', command: ['dags', 'delete', 'x'] });
  });

  test.each<[prefer: string | undefined, waitMs: number, applied: string | undefined]>([
    [undefined, 60_000, undefined],
    ['wait=5', 5_000, 'wait=5'],
    ['wait=0', 0, 'wait=0'],
    ['respond-async, wait=10', 10_000, 'wait=10'],
    ['wait=600', 66_000, 'wait=66'],
    ['wait=soon', 60_000, undefined],
  ])('with Prefer: %s waits %d ms', async (prefer, waitMs, applied) => {
    const { handle, invocations, record } = createTestFront();
    const headers: Record<string, string[]> = prefer === undefined ? {} : { pReFer: [prefer] };
    await handle(createSignedEvent(TEAM_SESSION, '/environments/prod/cli', 'dags pause x', headers));
    expect(invocations[0]?.waitMs).toBe(waitMs);
    expect(record.preferenceApplied).toBe(applied);
  });

  test('returns the bytes of the relay as they are, with numbers that JavaScript would change', async () => {
    const body = '{"output":[9007199254740993,1.0],"stdout":"🚀"}';
    const { handle } = createTestFront(() => `{"status":200,"result":"succeeded","body":${body}}`);
    expect(`${(await handle(EVENT)).body}`).toBe(body);
  });

  test('returns the problem of the relay, with its Retry-After', async () => {
    const { handle, record } = createTestFront(() => ({
      status: 503,
      result: 'airflow-busy',
      retryAfterSeconds: 5,
      body: { type: 'x' },
    }));
    const { statusCode, headers, body } = await handle(EVENT);
    expect({ statusCode, body: `${body}` }).toEqual({ statusCode: 503, body: '{"type":"x"}' });
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'retry-after': '5' });
    expect(record.result).toBe('airflow-busy');
  });
});

describe('a relay that gives no answer', () => {
  const fail = () => {
    throw new RelayOutcomeUnknownError('the relay ended');
  };
  const send = (command: string, respond: () => unknown, headers: Record<string, string[]> = {}) =>
    createTestFront(respond).handle(createSignedEvent(TEAM_SESSION, '/environments/next/cli', command, headers));

  test.each<
    [what: string, command: string, headers: Record<string, string[]>, code: string, retrySafe: boolean | undefined]
  >([
    ['a trigger', 'dags trigger x', {}, 'outcome-unknown', undefined],
    ['a trigger with a key', 'dags trigger x', { 'Idempotency-Key': ['k'] }, 'outcome-unknown', true],
  ])('%s', async (_what, command, headers, code, retrySafe) => {
    for (const respond of [
      fail,
      () => 'null',
      () => '{"status":200,"result":"x","body":"cut',
      () => ({ message: 'x' }),
    ]) {
      await expect(send(command, respond, headers)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('mwaa-cli-proxy__'),
        data: { runId: expect.stringContaining('mwaa-cli-proxy__'), queuedMs: 40, ...(retrySafe && { retrySafe }) },
      });
    }
  });

  test('a command that changes nothing', async () => {
    const { handle } = createTestFront(fail);
    const event = createOidcEvent('/environments/prod/cli', { groups: ['data'] }, 'version');
    await expect(handle(event)).rejects.toMatchObject({
      code: 'relay-failed',
      message: expect.stringContaining('the relay ended'),
      data: { retrySafe: true },
    });
  });

  test('a problem of the queue names no run, because none was started', async () => {
    const respond = () => {
      throw new Problem('busy', 'No slot.', { retryAfterSeconds: 7 });
    };
    await expect(send('dags trigger x', respond)).rejects.toMatchObject({
      code: 'busy',
      data: { retryAfterSeconds: 7 },
    });
    await expect(send('dags trigger x', respond)).rejects.not.toHaveProperty('data.runId');
  });
});

test('a health check needs a grant like any command', async () => {
  const { handle, invocations } = createTestFront();
  await expect(handle(createSignedEvent(TEAM_SESSION, '/environments/next/health'))).rejects.toMatchObject({
    code: 'not-granted',
  });
  await handle(createOidcEvent('/environments/prod/health', { groups: ['data'] })).catch(() => {});
  expect(invocations.map(({ request }) => request.action)).toEqual([]);
});

test('reads each catalog once', () => {
  expect(catalogReads.sort()).toEqual(['2.10.3', '3.0.6']);
});
