import { REST_REMEDIES } from '../../../../lambda/rest/rest-remedies.ts';
import { createRestUpstream } from '../../../../mwaa/rest/create-rest-upstream.ts';
import type { CallToSend } from '../../../../mwaa/rest/send-call-types.ts';
import {
  CA_CERTIFICATE,
  createLocalhostLookup,
  type ReceivedRequest,
  type RespondToRequest,
  respondWith,
  startScriptedWebServer,
  TEST_HOST,
} from '../scripted-web-server.ts';

export const createJwt = (claims: object): string =>
  `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;

export const JSON_TYPE = { 'content-type': 'application/json' };
export const HTML_TYPE = { 'content-type': 'text/html; charset=utf-8' };

/** A login that succeeds, as on Airflow 2. The number in the cookie is that of the login. */
export const createLogins = (): RespondToRequest => {
  let count = 0;
  return (socket, request) => {
    count += 1;
    const headers = { 'set-cookie': `session=session-${count}; HttpOnly; Path=/; SameSite=Lax`, location: '/home' };
    respondWith(302, '', headers)(socket, request);
  };
};

export interface RestSetup {
  /** What the server does with one login. The last one handles all further ones. Default: they succeed. */
  readonly logins?: readonly RespondToRequest[];
  readonly airflow?: string;
  readonly maxResponseBytes?: number;
  readonly callTimeoutMs?: number;
  readonly tokenTimeoutMs?: number;
  readonly webServerHostname?: string;
  readonly webServerDomains?: readonly string[];
  readonly createToken?: (signal: AbortSignal) => Promise<{ WebToken?: string; WebServerHostname?: string }>;
}

/** Starts a web server with a login, and connects to it. Each of `calls` handles one call; the last one handles all further ones. */
export async function startRestServer(calls: readonly RespondToRequest[], setup: RestSetup = {}) {
  const { airflow = '2.10.3', maxResponseBytes = 100_000, callTimeoutMs = 10_000, tokenTimeoutMs = 10_000 } = setup;
  const logins = setup.logins ?? [createLogins()];
  const received = { logins: [] as ReceivedRequest[], calls: [] as ReceivedRequest[] };
  const server = await startScriptedWebServer((socket, request) => {
    const isLogin = request.path.endsWith('/aws_mwaa/login');
    const [requests, actions] = isLogin ? [received.logins, logins] : [received.calls, calls];
    requests.push(request);
    actions[Math.min(requests.length, actions.length) - 1]?.(socket, request);
  });
  const clock = { now: Date.UTC(2026, 10, 29) };
  let tokens = 0;
  const createToken = async () => {
    tokens += 1;
    return { WebToken: `token+${tokens}/=`, WebServerHostname: TEST_HOST };
  };
  const upstream = createRestUpstream({
    connectTokenApi: () => setup.createToken ?? createToken,
    airflow,
    airflowRole: 'Viewer',
    webServerHostname: setup.webServerHostname,
    webServerDomains: setup.webServerDomains ?? [TEST_HOST],
    timeoutsMs: { connect: 5_000, token: tokenTimeoutMs, call: callTimeoutMs },
    maxResponseBytes,
    remedies: REST_REMEDIES,
    network: { port: server.port, ca: CA_CERTIFICATE, lookup: createLocalhostLookup() },
    now: () => clock.now,
  });
  return { upstream, received, clock, server, getTokenCount: () => tokens, close: () => server.close() };
}

export const READ: CallToSend = { method: 'GET', target: '/api/v1/dags?limit=2', readOnly: true };
export const WRITE: CallToSend = {
  method: 'POST',
  target: '/api/v1/dags/a/dagRuns',
  body: '{"conf":{}}',
  readOnly: false,
};
