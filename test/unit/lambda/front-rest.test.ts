import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { createFrontHandler } from '../../../lambda/front/create-front-handler.ts';
import { createFrontEnvironments } from '../../../lambda/front/front-environments.ts';
import type { FrontRecord } from '../../../lambda/front/front-log.ts';
import type { LoggedContext } from '../../../lambda/front/log-requests.ts';
import { relayCall } from '../../../lambda/rest/relay-call.ts';
import type { SentCall } from '../../../policy/explain-call.ts';
import { createTeamGrants, REQUEST_ID, TEAM_CALLER, TEAM_SESSION } from './relay-fixture.ts';
import { createJsonAnswer, createTestRest, createTestRestEnvironment } from './rest-fixture.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const GRANTS = createTeamGrants(['dags trigger rep_* --conf=* --run-id=*', 'api GET /dags/rep_*/dagRuns', '@health']);

const createEntry = (rest: boolean) => ({
  airflow: '2.10.3',
  grants: [0],
  relay: 'relay',
  slots: 2,
  queueSeconds: 60,
  maxQueueSeconds: 66,
  ...(rest ? { rest: { relay: 'rest-relay', slots: 10, notes: true } } : {}),
});
const environments = createFrontEnvironments(
  { grants: GRANTS, environments: { prod: createEntry(true), plain: createEntry(false) } },
  { readCatalog: CATALOGS.read, readOperations: (release) => CATALOGS.readOperations(release)! },
);

type Responses = Readonly<Record<string, () => unknown>>;

async function handle(event: APIGatewayProxyEvent, responses: Responses = {}) {
  const invoked: [functionName: string, action: unknown][] = [];
  const front = createFrontHandler({
    environments,
    acceptsTokens: true,
    respondSeconds: 286,
    now: () => NOW,
    invokeRelay: async ({ functionName }, createPayload, _limits, trace) => {
      trace.queuedMs = functionName === 'relay' ? 40 : 70;
      invoked.push([functionName, JSON.parse(createPayload(trace.queuedMs)).action]);
      return Buffer.from(JSON.stringify(responses[functionName]!()));
    },
  });
  const record: FrontRecord = { requestId: 'r-1', extendedRequestId: 'x-1', lambdaRequestId: 'l-1' };
  const result = await front(event, { record } as LoggedContext).then(
    ({ statusCode, body }) => ({ statusCode, body: JSON.parse(`${body}`) }),
    (error: Problem) => error,
  );
  return { result, invoked, record };
}

function createEvent(path: string, body?: unknown): APIGatewayProxyEvent {
  const [, name = ''] = /\/environments\/([^/]+)/.exec(path) ?? [];
  const httpMethod = body === undefined ? 'GET' : 'POST';
  return {
    resource: path.replace(name, '{environment}'),
    path,
    pathParameters: { environment: name },
    httpMethod,
    body: JSON.stringify(body),
    multiValueHeaders: { 'Content-Type': ['application/json'] },
    requestContext: { requestId: 'r-1', extendedRequestId: 'x-1', httpMethod, identity: { userArn: TEAM_SESSION } },
  } as unknown as APIGatewayProxyEvent;
}

const explain = async (body: unknown, environment = 'prod') =>
  (await handle(createEvent(`/environments/${environment}/explain`, body))).result;

describe('POST /environments/{name}/explain of a request for the REST API', () => {
  test('shows the rule and what would be sent', async () => {
    expect(await explain({ rest: 'GET /api/v1/dags/rep_a/dagRuns?limit=5' })).toEqual({
      statusCode: 200,
      body: {
        requestId: 'r-1',
        environment: 'prod',
        airflowVersion: '2.10.3',
        allowed: true,
        request: { method: 'GET', target: '/api/v1/dags/rep_a/dagRuns?limit=5' },
        grant: 'api GET /dags/rep_*/dagRuns',
        line: 3,
      },
    });
  });

  test.each<[what: string, body: object, environment: string, code: string, detail: RegExp]>([
    [
      'not granted',
      { rest: 'GET /api/v1/dags' },
      'prod',
      'not-granted',
      /^"api GET \/dags" with these arguments is not granted on prod\./,
    ],
    ['unknown', { rest: 'GET /api/v1/dag' }, 'prod', 'unknown-operation', /Did you mean "\/dags"\?/],
    [
      'an environment without it',
      { rest: 'GET /api/v1/dags' },
      'plain',
      'not-found',
      /^plain does not offer Airflow's REST API\. /,
    ],
    [
      'a body that is not allowed',
      { rest: 'GET /api/v1/dags', body: {} },
      'prod',
      'unexpected-argument',
      /has no body/,
    ],
  ])('explains a refusal: %s', async (_what, body, environment, code, detail) => {
    expect(await explain(body, environment)).toMatchObject({
      statusCode: 200,
      body: { allowed: false, refusal: { code, detail: expect.stringMatching(detail) } },
    });
  });

  test.each<[body: unknown, detail: RegExp]>([
    [
      { rest: 'GET /api/v1/dags', command: 'dags list' },
      /^"command" cannot be together with "rest" and "body"\. Send \{"rest"/,
    ],
    [{ rest: 'GET /api/v1/dags', format: 'raw' }, /^"format" cannot be together/],
    [{ rest: 5 }, /^"rest" must be a string\./],
    [{ body: {} }, /^"body" needs "rest"\./],
    [{}, /^The body must have either "command" or "argv"\./],
    [[], /^The body must be a JSON object\./],
  ])('rejects %j', async (body, detail) => {
    expect(await explain(body)).toMatchObject({ code: 'malformed-request', message: expect.stringMatching(detail) });
  });

  test('rejects what is no first line of a request', async () => {
    expect(await explain({ rest: 'dags' })).toMatchObject({ code: 'unreadable' });
  });

  test('a command has no "rest"', async () => {
    const { result } = await handle(createEvent('/environments/prod/cli', { rest: 'GET /api/v1/dags' }));
    expect(result).toMatchObject({
      code: 'malformed-request',
      message: expect.stringMatching(/This path runs commands/),
    });
  });

  test.each<[line: string, body: unknown]>([
    ['GET /api/v1/dags/rep_a/dagRuns', undefined],
    ['GET /api/v1/dags/rep_a/dagRuns?order_by=-start_date&limit=2', undefined],
    ['GET /api/v1/dags/rep_a/dagRuns?state=failed', undefined],
    ['GET /api/v1/dags/other/dagRuns', undefined],
    ['POST /api/v1/dags/rep_a/dagRuns', {}],
    ['POST /api/v1/dags/rep_a/dagRuns', { conf: { day: '2026-11-22' }, dag_run_id: 'mine' }],
    ['POST /api/v1/dags/rep_a/dagRuns', { note: 'x' }],
    ['POST /api/v1/dags/dated/dagRuns', { logical_date: '2026-11-22T00:00:00Z' }],
    ['POST /api/v1/dags/dated/dagRuns', { logical_date: '2026-11-22T00:00:00Z', note: 'x'.repeat(1000) }],
    ['POST /api/v1/dags/other/dagRuns', {}],
    ['DELETE /api/v1/dags/rep_a', undefined],
  ])('decides like the REST relay and shows what it sends: %s %j', async (line, body) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const { context, sent } = createTestRest(createTestRestEnvironment(GRANTS), ({ method }) =>
      method === 'GET' ? createJsonAnswer(404, {}) : createJsonAnswer(200, {}),
    );
    const [method = '', target = ''] = line.split(' ');
    const [path = '', query = ''] = target.split('?');
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const call = {
      kind: 'call',
      method,
      path,
      query: [...new URLSearchParams(query)],
      ...text,
      receivedAt: NOW,
    } as const;
    await relayCall(context, TEAM_CALLER, call).catch(() => {});
    const last = sent.at(-1);
    const { result } = await handle(
      createEvent('/environments/prod/explain', { rest: line, ...(body === undefined ? {} : { body }) }),
    );
    const { allowed, request } = (result as { body: { allowed: boolean; request?: SentCall } }).body;

    expect(allowed).toBe(last !== undefined);
    const normalize = (shown: string) =>
      shown.replaceAll(/mwaa-cli-proxy__[\w-]+/g, 'RUN').replaceAll(REQUEST_ID, 'REQUEST-ID');
    const wanted = last && [
      last.method,
      last.path,
      ...(last.body === undefined ? [] : [JSON.parse(normalize(last.body))]),
    ];
    const shown = request && [
      request.method,
      request.target,
      ...(request.body === undefined ? [] : [JSON.parse(normalize(JSON.stringify(request.body)))]),
    ];
    expect(shown).toEqual(wanted);
  });
});

describe('GET /environments/{name}/commands', () => {
  test('lists operations with their path, query parameters and members of the body', async () => {
    const { result } = await handle(createEvent('/environments/prod/commands'));
    expect((result as { body: { commands: object[] } }).body.commands[1]).toEqual({
      command: 'api GET /dags/{dag_id}/dagRuns',
      usage: expect.stringMatching(
        /^api GET \/dags\/\{dag_id\}\/dagRuns \[--limit LIMIT\] \[--offset OFFSET\](?: \[--\w+ \w+(?: …)?\])*$/,
      ),
      grant: 'api GET /dags/rep_*/dagRuns',
      line: 3,
      options: expect.arrayContaining(['--limit', '--offset']),
    });
  });

  test('names the operations that a grant of a command covers, if the environment offers them', async () => {
    const list = async (name: string) => {
      const { result } = await handle(createEvent(`/environments/${name}/commands`));
      return (result as { body: { commands: { command: string; operations?: string[] }[] } }).body.commands[0];
    };
    expect(await list('prod')).toMatchObject({
      command: 'dags trigger',
      operations: ['POST /dags/{dag_id}/dagRuns'],
    });
    expect(await list('plain')).not.toHaveProperty('operations');
  });
});

describe('GET /environments/{name}/health', () => {
  const STEPS = [{ step: 'token', status: 'ok' }];
  const FAILED = [{ step: 'login', status: 'failed', detail: 'No cookie.' }];
  const PROBLEM = { type: 'urn:mwaa-cli-proxy:problem:unhealthy', status: 503, detail: 'D', healthy: false };
  const members = { environment: 'prod', airflowVersion: '2.10.3', durationMs: 5, queuedMs: 40 };
  const createRelayResponse = (healthy: boolean, steps: object[], more: object = {}) => ({
    status: healthy ? 200 : 503,
    result: healthy ? 'succeeded' : 'unhealthy',
    body: { ...(healthy ? { healthy } : PROBLEM), ...members, ...more, steps },
  });
  const healthy = () => createRelayResponse(true, STEPS);
  const restHealthy = () => createRelayResponse(true, STEPS, { airflowRole: 'User' });
  const EVENT = createEvent('/environments/prod/health');

  test('asks both relays', async () => {
    const { result, invoked, record } = await handle(EVENT, { relay: healthy, 'rest-relay': restHealthy });
    expect(result).toEqual({
      statusCode: 200,
      body: { healthy: true, ...members, steps: STEPS, rest: { healthy: true, airflowRole: 'User', steps: STEPS } },
    });
    expect(invoked).toEqual([
      ['relay', { kind: 'health' }],
      ['rest-relay', { kind: 'health' }],
    ]);
    expect(record).toMatchObject({ result: 'succeeded', queuedMs: 40 });
  });

  test('asks only the relay of commands if there is no other', async () => {
    const { result, invoked } = await handle(createEvent('/environments/plain/health'), { relay: healthy });
    expect(result).toEqual({ statusCode: 200, body: { healthy: true, ...members, steps: STEPS } });
    expect(invoked).toEqual([['relay', { kind: 'health' }]]);
  });

  test('is unhealthy if the way of requests is broken', async () => {
    const { result, record } = await handle(EVENT, {
      relay: healthy,
      'rest-relay': () => createRelayResponse(false, FAILED, { detail: 'The health check failed at step "login".' }),
    });
    expect(result).toMatchObject({
      code: 'unhealthy',
      message:
        'The way of commands works, but not that of requests for the REST API. The health check failed at step "login".',
      data: {
        environment: 'prod',
        healthy: false,
        steps: STEPS,
        rest: { healthy: false, steps: FAILED, detail: 'The health check failed at step "login".' },
      },
    });
    expect(record.result).toBe('unhealthy');
  });

  test('is unhealthy if the way of commands is broken, and reports both', async () => {
    const { result } = await handle(EVENT, {
      relay: () => createRelayResponse(false, FAILED),
      'rest-relay': restHealthy,
    });
    expect(result).toMatchObject({
      statusCode: 503,
      body: { ...PROBLEM, steps: FAILED, rest: { healthy: true, steps: STEPS } },
    });
  });

  test('says why the REST relay gives no answer', async () => {
    const busy = () => {
      throw new Problem('busy', 'All slots are taken.');
    };
    const { result } = await handle(EVENT, { relay: healthy, 'rest-relay': busy });
    expect(result).toMatchObject({
      code: 'unhealthy',
      data: { rest: { healthy: false, steps: [], detail: 'All slots are taken.' } },
    });
  });

  test('has the problem of the relay of commands if that gives no answer', async () => {
    const busy = () => {
      throw new Problem('busy', 'All slots are taken.');
    };
    const { result } = await handle(EVENT, { relay: busy, 'rest-relay': restHealthy });
    expect(result).toMatchObject({ code: 'busy' });
  });
});
