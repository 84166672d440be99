import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';
import type { AirflowWebServer } from '../airflow/start-web-server.ts';
import type { WebServerOnDemand } from '../airflow/web-server-on-demand.ts';
import { readBody } from '../read-body.ts';
import type { FaultContext } from './fault-actions.ts';
import type { ActiveFault } from './faults.ts';
import { sendResponse } from './http-messages.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { type ProxiedResponse, proxyRequest } from './proxy-request.ts';
import type { TokenIssuer, WebTokenClaims } from './token-issuer.ts';
import type { WebSessionRegistry } from './web-session-registry.ts';

export interface RestProxyOptions {
  readonly environment: string;
  readonly release: string;
  /** Airflow's own web server. Absent: there is none. */
  readonly webServer: WebServerOnDemand | undefined;
  readonly webTokens: TokenIssuer<WebTokenClaims>;
  readonly sessions: WebSessionRegistry;
  readonly faults: ActiveFault;
  createFaultContext(request: IncomingMessage, response: ServerResponse): FaultContext;
  readonly journal: Journal;
  /** Aborted when the stand-in closes. */
  readonly closing: AbortSignal;
  now(): number;
}

const LOGIN_PATHS = ['/aws_mwaa/login', '/pluginsv2/aws_mwaa/login'] as const;

/** Whether a request is for Airflow's own web server: for its REST API, or for a login of either major. */
export const isRestRequest = ({ url = '' }: IncomingMessage): boolean => {
  const [path = ''] = url.split('?');
  return path.startsWith('/api/') || LOGIN_PATHS.some((login) => path === login);
};

/**
 * The REST API of an environment's web server, and the login before it. Airflow's own web server answers every request: it starts with
 * the first one. The login of its major takes the token that `CreateWebLoginToken` issued, once and for 60 seconds; what the web server
 * gets in its place is a token of its own login. See `local/airflow/web-server/mwaa_login.py` for what is known about MWAA's login.
 */
export function createRestProxy(options: RestProxyOptions): RequestListener {
  const loginPath = LOGIN_PATHS[options.release.startsWith('3.') ? 1 : 0];
  const runInTurn = isReleaseAtLeast(options.release, '3.2') ? createWriteQueue() : runAtOnce;
  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const isLogin = path === loginPath;
    const { method = '' } = request;
    const kind = isLogin ? 'login' : 'rest';
    const entry: JournalEntry = {
      at: options.now(),
      kind,
      environment: options.environment,
      method,
      path,
      status: null,
    };
    options.journal.push(entry);
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) return;
    const fault = options.faults.getFor('REST API', 'function');
    const isAffected =
      fault !== undefined &&
      (fault.login ?? false) === isLogin &&
      (isLogin || (options.faults.method ?? method) === method);
    const recordFault = () => {
      options.faults.countHit();
      entry.faultName = options.faults.name ?? '';
    };
    if (isAffected && fault.insteadOfRunning !== undefined) {
      recordFault();
      return fault.insteadOfRunning(options.createFaultContext(request, response));
    }
    if (isAffected && fault.runsLate) {
      recordFault();
      await sleep(options.faults.delaySeconds * 1000, undefined, { ref: false });
    }
    const webServer = await options.webServer?.get().catch((error: Error) => error);
    if (webServer === undefined || webServer instanceof Error) {
      entry.status = 503;
      return sendUnavailable(response, webServer?.message ?? 'it has none');
    }
    const { url = '/', rawHeaders, headers } = request;
    const seenHeaders = options.sessions.replaceSession(rawHeaders, headers);
    const sentBody = isLogin ? await exchangeToken(options, webServer, body) : body;
    const proxied = await runInTurn(method, () =>
      proxyRequest(webServer.url, { method, url, rawHeaders: seenHeaders }, sentBody, options.closing),
    );
    entry.status = proxied.status;
    if (isLogin && proxied.status < 400) options.sessions.add(getHeaders(proxied, 'set-cookie'));
    if (!isAffected || fault.insteadOfResponding === undefined) return sendProxied(response, proxied);
    recordFault();
    const [contentType = ''] = getHeaders(proxied, 'content-type');
    const answer = { status: proxied.status, contentType, body: proxied.body.toString('utf8') };
    fault.insteadOfResponding(options.createFaultContext(request, response), answer);
  };
}

type RunInTurn = <Result>(method: string, run: () => Promise<Result>) => Promise<Result>;

const runAtOnce: RunInTurn = (_method, run) => run();

/**
 * Runs one write after the other. From 3.2 on, the web server waits for SQLite in its event loop: of two writes at once, one waits for the
 * lock of the other, which can no longer go on (measured: with ten triggers at once, it never answers again, in WAL mode neither). MWAA has
 * PostgreSQL.
 */
function createWriteQueue(): RunInTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (method, run) => {
    if (method === 'GET') return run();
    const result = last.then(run, run);
    last = result;
    return result;
  };
}

/** All values of a header. */
const getHeaders = ({ headers }: ProxiedResponse, name: string): string[] =>
  headers.filter((_, index) => index % 2 === 1 && headers[index - 1]!.toLowerCase() === name);

function sendProxied(response: ServerResponse, { status, headers, body }: ProxiedResponse): void {
  response.writeHead(status, [...headers, 'Content-Length', String(body.length)]).end(body);
}

/** The stand-in cannot do what was asked. MWAA has no such response. */
const sendUnavailable = (response: ServerResponse, reason: string): void =>
  sendResponse(response, {
    status: 503,
    contentType: 'text/plain; charset=utf-8',
    body: `The stand-in for MWAA has no Airflow web server for this environment: ${reason}`,
  });

/** Replaces the token of MWAA in a login by one of the web server's login. A token that is not valid is replaced by none. */
async function exchangeToken(
  { webTokens }: RestProxyOptions,
  { loginKey }: AirflowWebServer,
  body: Buffer,
): Promise<Buffer> {
  const token = new URLSearchParams(body.toString('utf8')).get('token') ?? '';
  const claims = await webTokens.verifyToken(token);
  if (claims === undefined) return Buffer.from('token=');
  const own = await new SignJWT({ sub: claims.sub, role: claims.role })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('web')
    .setExpirationTime('1 minute')
    .sign(Buffer.from(loginKey));
  return Buffer.from(`token=${own}`);
}
