import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { createFrontHandler } from '../../../lambda/front/create-front-handler.ts';
import { createFrontEnvironments } from '../../../lambda/front/front-environments.ts';
import type { LoggedContext } from '../../../lambda/front/log-requests.ts';
import { createInvokeRelay } from '../../../lambda/front/queue/create-invoke-relay.ts';
import type { InvokeResult } from '../../../lambda/front/queue/invoke.ts';
import { INVOKE_ERROR_MEANINGS, THROTTLE_MEANINGS } from '../../../lambda/front/queue/invoke-errors.ts';
import { requireTime } from '../../../lambda/relay/relay-deadline.ts';
import { REST_REMEDIES } from '../../../lambda/rest/rest-remedies.ts';
import { GATEWAY_PROBLEMS } from '../../../lib/api/gateway-responses.ts';
import { NoResponseError } from '../../../mwaa/connection/no-response-error.ts';
import { createTeamGrants, TEAM_SESSION } from './relay-fixture.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const environments = createFrontEnvironments(
  {
    grants: createTeamGrants([
      'dags trigger rep_* --conf=*',
      'api GET /dags/rep_*/dagRuns',
      'dags list-runs --dag-id=*',
    ]),
    environments: {
      prod: {
        airflow: '2.10.3',
        grants: [0],
        relay: 'relay',
        slots: 2,
        queueSeconds: 0,
        maxQueueSeconds: 66,
        rest: { relay: 'rest-relay', slots: 10, notes: true },
      },
    },
  },
  { readCatalog: CATALOGS.read, readOperations: (release) => CATALOGS.readOperations(release)! },
);

/** Sends a request whose relay gives one answer, and returns its problem. */
async function fail(event: APIGatewayProxyEvent, answer: InvokeResult): Promise<Problem> {
  let time = NOW;
  const now = () => time;
  const front = createFrontHandler({
    environments,
    acceptsTokens: true,
    respondSeconds: 286,
    now,
    invokeRelay: createInvokeRelay({
      invoke: async () => answer,
      now,
      random: () => 0.5,
      sleep: async (milliseconds) => {
        time += milliseconds;
      },
    }),
  });
  const record = { requestId: 'r-1', extendedRequestId: 'x-1', lambdaRequestId: 'l-1' };
  const error: unknown = await front(event, { record } as LoggedContext).catch((thrown: unknown) => thrown);
  if (error instanceof Problem) return error;
  throw new Error('The request succeeded.');
}

function createEvent(resource: string, httpMethod: string, path: string, body?: object): APIGatewayProxyEvent {
  const root = '/environments/prod';
  return {
    resource: `/environments/{environment}/${resource}`,
    path: `${root}/${path}`,
    pathParameters: { environment: 'prod', path: path.replace(/^api\//, '') },
    httpMethod,
    body: body === undefined ? null : JSON.stringify(body),
    multiValueHeaders: { 'Content-Type': ['application/json'] },
    requestContext: { requestId: 'r-1', extendedRequestId: 'x-1', httpMethod, identity: { userArn: TEAM_SESSION } },
  } as unknown as APIGatewayProxyEvent;
}

const RUNS = 'api/v1/dags/rep_a/dagRuns';
const EVENTS = {
  read: createEvent('api/{path+}', 'GET', RUNS),
  trigger: createEvent('api/{path+}', 'POST', RUNS, {}),
};

const error = (name: string, status: number, reason?: string): InvokeResult => ({
  kind: 'error',
  error: { name, status, reason },
  cause: new Error(name),
});
const noResponse = (sent: boolean): InvokeResult => ({
  kind: 'no-response',
  error: new NoResponseError('ECONNRESET', sent, { failure: sent ? 'exchange' : 'connect' }),
});
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const ANSWERS: readonly InvokeResult[] = [
  ...Object.keys(INVOKE_ERROR_MEANINGS).map((name) => error(name, 500)),
  ...Object.keys(THROTTLE_MEANINGS).map((reason) => error('TooManyRequestsException', 429, reason)),
  { kind: 'function-error', payload: encode({ errorType: 'Sandbox.Timedout' }) },
  { kind: 'not-prepared', cause: new Error('x') },
  { kind: 'response', payload: encode('no response of a relay') },
  noResponse(true),
  noResponse(false),
];

describe('messages for a request for the REST API', () => {
  test.each(Object.entries(EVENTS))('speak of a request, whatever Lambda answers: %s', async (_what, event) => {
    const details = await Promise.all(ANSWERS.map(async (answer) => (await fail(event, answer)).message));
    expect(details.filter((detail) => /command/i.test(detail))).toEqual([]);
  });

  test('say that a change may have been sent, and that a read may be repeated', async () => {
    expect(await fail(EVENTS.trigger, noResponse(true))).toMatchObject({
      code: 'outcome-unknown',
      message: expect.stringMatching(/^The request may have been sent to Airflow, and its outcome is unknown: /),
    });
    expect(await fail(EVENTS.read, noResponse(true))).toMatchObject({
      code: 'relay-failed',
      message: expect.stringMatching(/ The request changes nothing, so send it again\.$/),
    });
  });

  test('of API Gateway, and of a REST relay, speak of no command either', () => {
    const texts = [
      ...GATEWAY_PROBLEMS.map(({ detail }) => String(detail)),
      ...Object.values(REST_REMEDIES).flatMap((remedy) =>
        typeof remedy === 'string' ? [remedy] : Object.values(remedy),
      ),
    ];
    expect(texts.filter((text) => /command/i.test(String(text)))).toEqual([]);
    expect(() => requireTime(0)).toThrow(/^The relay started too late\. Nothing was run\. Send the request again\.$/);
  });
});

test('messages for a command speak of a command', async () => {
  const trigger = createEvent('cli', 'POST', 'cli', { argv: ['dags', 'trigger', 'rep_a'] });
  expect((await fail(trigger, noResponse(true))).message).toMatch(/^The command may have been sent to Airflow, /);
  const list = createEvent('cli', 'POST', 'cli', { argv: ['dags', 'list-runs', '--dag-id', 'rep_a'] });
  expect((await fail(list, noResponse(true))).message).toMatch(/ The command changes nothing, so send it again\.$/);
});
