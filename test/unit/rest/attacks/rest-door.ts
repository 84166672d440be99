/** The whole REST door for tests: the front, the REST relay, and a web server on real sockets that a test scripts. */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { expect, test, vi } from 'vitest';
import { createRestCatalog } from '../../../../airflow/rest/rest-catalog.ts';
import type { RelayResponse, RestResponse } from '../../../../contract/relay-request.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';
import type { HttpResponse } from '../../../../lambda/event/http-response.ts';
import { createFrontHandler } from '../../../../lambda/front/create-front-handler.ts';
import { createFrontEnvironments } from '../../../../lambda/front/front-environments.ts';
import * as front from '../../../../lambda/front/log-requests.ts';
import { convertErrorsToProblems } from '../../../../lambda/middleware/convert-errors-to-problems.ts';
import { convertErrorsToResponses } from '../../../../lambda/relay/convert-errors-to-responses.ts';
import * as relay from '../../../../lambda/relay/log-requests.ts';
import type { RelayEvent } from '../../../../lambda/relay/relay-event.ts';
import { createRestHandler } from '../../../../lambda/rest/create-rest-handler.ts';
import { createRestEnvironment } from '../../../../lambda/rest/rest-environment.ts';
import { createTeamGrants, REQUEST_ID, TEAM_SESSION } from '../../lambda/relay-fixture.ts';
import { createJwt, JSON_TYPE, startRestServer } from '../../mwaa/rest/rest-server.ts';
import { type ReceivedRequest, type RespondToRequest, respondWith, TEST_HOST } from '../../mwaa/scripted-web-server.ts';

/** A request as a client writes it. */
export interface ClientRequest {
  readonly method?: string;
  /** Path and query below the environment: `/api/v1/dags?limit=5`, percent-encoded. */
  readonly target: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly event?: Partial<APIGatewayProxyEvent>;
}

export interface DoorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Code of the problem, if it is one. */
  readonly code?: string;
  /** What the web server received, without the logins. */
  readonly received: readonly ReceivedRequest[];
}

export interface Door {
  /** Milliseconds of the wall clock: when the front receives the next request. */
  now: number;
  respond: RespondToRequest;
  send(request: ClientRequest, session?: string): Promise<DoorAnswer>;
  invokeRelay(event: unknown): Promise<RelayResponse | RestResponse>;
  /** The payload for the relay of the last request. */
  readonly payloads: string[];
  close(): void;
}

export interface DoorOptions {
  readonly airflow: string;
  readonly may: readonly string[];
  /** Of the environment. */
  readonly rest?: boolean;
  readonly notes?: boolean;
  /** Changes what the front sends to the relay. */
  readonly changePayload?: (payload: string) => string;
}

export async function openDoor({
  airflow,
  may,
  rest = true,
  notes = false,
  changePayload = (payload) => payload,
}: DoorOptions): Promise<Door> {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const cookie = airflow.startsWith('2.') ? 'session=session-1' : `_token=${createJwt({})}`;
  const logIn = respondWith(302, '', { location: '/home', 'set-cookie': `${cookie}; Path=/; HttpOnly` });
  const { upstream, received, close } = await startRestServer([(socket, request) => door.respond(socket, request)], {
    airflow,
    logins: [logIn],
    callTimeoutMs: 1000,
    maxResponseBytes: 1_000_000,
  });
  const grants = createTeamGrants([...may]);
  const operations = CATALOGS.readOperations(airflow)!;
  const relayHandler = middy<RelayEvent, RelayResponse | RestResponse, Error, relay.LoggedContext>({
    timeoutEarlyInMillis: 0,
  })
    .use(relay.logRequests('prod', Date.now))
    .use(convertErrorsToResponses())
    .handler(
      createRestHandler(
        createRestEnvironment({
          name: 'prod',
          mwaaName: 'Prod',
          airflow,
          catalog: CATALOGS.read(airflow),
          operations,
          grants,
          webServerDomains: [TEST_HOST],
          timeouts: { postSeconds: 1, abortSeconds: 20, connectSeconds: 5, tokenSeconds: 5, busySeconds: 5 },
          airflowRole: 'User',
          notes,
          answerBytes: 1_000_000,
        } as never),
        { ...upstream, now: () => door.now },
      ),
    );
  const context = { awsRequestId: REQUEST_ID } as Context;
  const invokeRelay = (event: unknown) => relayHandler(event as RelayEvent, { ...context } as relay.LoggedContext);
  const payloads: string[] = [];
  const frontHandler = middy<APIGatewayProxyEvent, HttpResponse, Error, front.LoggedContext>({
    timeoutEarlyInMillis: 0,
  })
    .use(front.logRequests(Date.now))
    .use(convertErrorsToProblems())
    .handler(
      createFrontHandler({
        environments: createFrontEnvironments(
          {
            grants,
            environments: {
              prod: {
                airflow,
                grants: [0],
                relay: 'relay-prod',
                slots: 2,
                queueSeconds: 60,
                maxQueueSeconds: 66,
                ...(rest ? { rest: { relay: 'rest-prod', slots: 10, notes } } : {}),
              },
            },
          },
          {
            readCatalog: (release) => CATALOGS.read(release),
            readOperations: (release) => createRestCatalog(CATALOGS.readOperations(release)!),
          },
        ),
        acceptsTokens: false,
        respondSeconds: 286,
        now: () => door.now,
        invokeRelay: async (_target, createPayload) => {
          const payload = changePayload(createPayload(0));
          payloads.push(payload);
          return Buffer.from(JSON.stringify(await invokeRelay(JSON.parse(payload))));
        },
      }),
    );
  const door: Door = {
    now: Date.now(),
    respond: respondWith(200, '{}', JSON_TYPE),
    payloads,
    invokeRelay,
    async send(request, session = TEAM_SESSION) {
      const before = received.calls.length;
      const response = await frontHandler(toEvent(request, session), { ...context } as front.LoggedContext);
      const text = Buffer.from(response.body).toString('utf8');
      const isProblem = response.headers['content-type'] === 'application/problem+json';
      const code = isProblem ? (JSON.parse(text) as { type?: string }).type?.split(/[/#:]/).at(-1) : undefined;
      return {
        status: response.statusCode,
        headers: response.headers,
        text,
        ...(code === undefined ? {} : { code }),
        received: received.calls.slice(before),
      };
    },
    close,
  };
  return door;
}

/** The event for a request, as API Gateway delivers it: the path and its parameters as they were sent, the query decoded. */
function toEvent({ method = 'GET', target, body, headers = {}, event = {} }: ClientRequest, userArn: string) {
  const [path = '', ...rest] = target.split('?');
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(rest.join('?'))) {
    Object.defineProperty(query, name, {
      value: [...(Object.hasOwn(query, name) ? query[name]! : []), value],
      enumerable: true,
      configurable: true,
    });
  }
  return {
    resource: '/environments/{environment}/api/{path+}',
    path: `/environments/prod${path}`,
    pathParameters: { environment: 'prod', path: path.replace(/^\/api\//, '') },
    httpMethod: method,
    body: body === undefined ? null : Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    multiValueQueryStringParameters: rest.length === 0 ? null : query,
    multiValueHeaders: {
      ...(body === undefined ? {} : { 'Content-Type': ['application/json'] }),
      ...Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [values].flat()])),
    },
    requestContext: { requestId: 'r-1', extendedRequestId: 'x-1', httpMethod: method, identity: { userArn } },
    ...event,
  } as unknown as APIGatewayProxyEvent;
}

/** What must happen: the code of a problem, and then nothing reached Airflow; or the one request that did, as `METHOD TARGET BODY`. */
export type AttackRow = [
  name: string,
  request: string,
  expected: string,
  more?: Omit<ClientRequest, 'method' | 'target'> & { readonly body?: string },
];

/** Defines one test for each attack. */
export function testAttacks(options: DoorOptions, rows: readonly AttackRow[]): void {
  test.each(rows)('%s: %s: %s', async (_name, request, expected, more = {}) => {
    const door = await openDoor(options);
    const [method = '', target = ''] = request.split(' ');
    const { received, code } = await door.send({ method, target, ...more });
    door.close();
    const sent = received.map(({ method: sentMethod, path, body }) => `${sentMethod} ${path} ${body}`.trim());
    expect(expected.includes(' ') ? sent : [code, ...sent]).toEqual([expected]);
    for (const { headers } of received) {
      const {
        host,
        accept,
        cookie,
        authorization,
        'content-type': _type,
        'content-length': _length,
        connection: _,
        ...others
      } = headers;
      expect([host, accept]).toEqual([TEST_HOST, 'application/json']);
      expect(cookie ?? authorization).toMatch(/^(?:session=session-1|Bearer header\..*)$/);
      expect(others).toEqual({});
    }
  });
}
