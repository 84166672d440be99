/** A REST relay for tests, which define the answers of the web server. */
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import type { RelayRecord } from '../../../lambda/relay/relay-log.ts';
import type { RestContext } from '../../../lambda/rest/relay-call.ts';
import type { RestEnvironment } from '../../../lambda/rest/rest-environment.ts';
import { REST_REMEDIES } from '../../../lambda/rest/rest-remedies.ts';
import type { WebServerRequest, WebServerResponse } from '../../../mwaa/connection/exchange.ts';
import type { RestUpstream } from '../../../mwaa/rest/send-call-types.ts';
import type { WebSession } from '../../../mwaa/rest/web-session.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import type { Grant } from '../../../policy/grant.ts';
import { REQUEST_ID } from './relay-fixture.ts';

/** The environment `prod`, which offers the REST API. */
export function createTestRestEnvironment(grants: Grant[], airflow = '2.10.3'): RestEnvironment {
  const catalog = readRuleCatalog(CATALOGS, { airflow, rest: true });
  return {
    name: 'prod',
    mwaaName: 'Prod',
    airflow,
    catalog,
    operations: CATALOGS.readOperations(airflow)!,
    grants,
    policy: compilePolicy(grants, catalog).policy,
    timeouts: { postSeconds: 10, abortSeconds: 20, connectSeconds: 5, tokenSeconds: 5, busySeconds: 5 },
    webServerDomains: [],
    airflowRole: 'User',
    notes: true,
    answerBytes: 1_000_000,
  };
}

export const TEST_SESSION: WebSession = {
  hostname: 'web.example',
  headers: { cookie: 'session=secret' },
  expiresAt: Number.POSITIVE_INFINITY,
};

export const createJsonAnswer = (status: number, body: unknown): WebServerResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export interface TestRest {
  readonly context: RestContext;
  readonly upstream: RestUpstream;
  /** What was sent to the web server, logins left out. */
  readonly sent: readonly WebServerRequest[];
  readonly record: RelayRecord;
}

/**
 * @param respond the answer to a request; it may throw
 * @param loginSteps Default: a token for `web.example`, and a session
 */
export function createTestRest(
  environment: RestEnvironment,
  respond: (request: WebServerRequest) => WebServerResponse,
  loginSteps: Partial<RestUpstream['loginSteps']> = {},
): TestRest {
  const sent: WebServerRequest[] = [];
  const upstream: RestUpstream = {
    sessions: { get: async () => TEST_SESSION, invalidate: () => {} },
    loginSteps: {
      requestToken: async () => ({ token: 'secret', hostname: 'web.example' }),
      logIn: async () => TEST_SESSION,
      ...loginSteps,
    },
    exchange: async (request) => {
      sent.push(request);
      return respond(request);
    },
    airflowRole: 'User',
    callTimeoutMs: 1000,
    remedies: REST_REMEDIES,
    now: Date.now,
  };
  const record: RelayRecord = {
    requestId: REQUEST_ID,
    extendedRequestId: 'x-1',
    lambdaRequestId: REQUEST_ID,
    environment: environment.name,
  };
  return { context: { environment, upstream, signal: AbortSignal.timeout(10_000), record }, upstream, sent, record };
}
