import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AirflowRunner, RunnerNotReadyError } from '../airflow/airflow-runner.ts';
import { readBody } from '../read-body.ts';
import { createCliResponse } from './create-cli-response.ts';
import type { FaultContext } from './fault-actions.ts';
import type { ActiveFault } from './faults.ts';
import { createHtmlPage, sendResponse, type TextResponse } from './http-messages.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { getListedCommands, parseCommandName } from './listed-commands.ts';
import type { CliTokenClaims, TokenIssuer } from './token-issuer.ts';
import type { WebServerBehavior } from './web-server-behavior.ts';

/** The commands that an environment runs. The web server updates it. */
export interface CommandLoad {
  running: number;
  /** The largest value of `running` so far. */
  peak: number;
}

export interface WebServerOptions {
  readonly environment: string;
  readonly hostname: string;
  readonly runner: AirflowRunner;
  readonly tokens: TokenIssuer<CliTokenClaims>;
  readonly behavior: WebServerBehavior;
  readonly journal: Journal;
  readonly load: CommandLoad;
  /** Aborted when the stand-in closes. Assumed: a client that disconnects does not end its command. */
  readonly closing: AbortSignal;
  readonly faults: ActiveFault;
  createFaultContext(request: IncomingMessage, response: ServerResponse): FaultContext;
  now(): number;
}

const CLI_PATH = '/aws_mwaa/cli';
const DEFAULT_MAX_CONCURRENT = 4;

/** Commands that the web server rejects with another status than 403 (reported). */
const REJECTED_COMMANDS: Readonly<Record<string, number>> = {
  'pools import': 500,
  'roles create': 500,
  'roles delete': 500,
};

/**
 * `POST /aws_mwaa/cli` of an environment's web server.
 *
 * Documented: path, bearer token, text/plain, base64 streams in JSON, 503 when too many commands run, the 307 to the path with a trailing
 * slash on Airflow 3.
 *
 * Reported: 403 for an invalid token and for a rejected command, 500 for some rejected commands, other content types are accepted on 2.x.
 *
 * Assumed: the path with a slash does not exist on 2.x; 3.x requires text/plain; an absolute `Location`, as Starlette writes it; the
 * redirect comes before the token is checked; HTML bodies; 404 and 405 for other requests.
 */
export function createWebServer(server: WebServerOptions): RequestListener {
  const listedCommands = getListedCommands(server.runner.release);
  const isAirflow3 = Number.parseInt(server.runner.release, 10) >= 3;
  const endpoint: CliEndpoint = {
    path: isAirflow3 ? `${CLI_PATH}/` : CLI_PATH,
    requiresTextPlain: isAirflow3,
    listedCommands,
  };

  return async (request, response) => {
    const url = request.url ?? '';
    const [path = ''] = url.split('?');
    const entry: JournalEntry = {
      at: server.now(),
      kind: 'cli',
      environment: server.environment,
      path,
      status: null,
    };
    server.journal.push(entry);
    const fault = server.faults.getFor('web server', 'function');
    const body = fault?.insteadOfReading ? Promise.resolve(Buffer.alloc(0)) : readBody(request);
    const faultAction = fault?.insteadOfReading ?? fault?.insteadOfRunning;
    if (faultAction !== undefined) {
      entry.commandText = (await body.catch(() => Buffer.alloc(0))).toString('utf8');
      if (!fault?.exceptCommands?.test(entry.commandText)) {
        recordFault(server, entry);
        return faultAction(server.createFaultContext(request, response));
      }
    }
    if (isAirflow3 && path === CLI_PATH)
      return redirectToTrailingSlash(server, entry, response, `${endpoint.path}${url.slice(CLI_PATH.length)}`);
    const cliResponse = await handleCliRequest(server, request, body, entry, endpoint).catch((error): TextResponse => {
      entry.standInError = error instanceof Error ? error.message : String(error);
      return createHtmlPage(500, 'Internal Server Error');
    });
    entry.status = cliResponse.status;
    const hasRun = entry.exitCode !== undefined;
    if (fault?.insteadOfResponding !== undefined && hasRun && server.faults.affectsResponse(entry.commandText ?? '')) {
      recordFault(server, entry);
      return fault.insteadOfResponding(server.createFaultContext(request, response), cliResponse);
    }
    sendResponse(response, cliResponse);
  };
}

interface CliEndpoint {
  readonly path: string;
  readonly requiresTextPlain: boolean;
  readonly listedCommands: ReadonlySet<string>;
}

function recordFault({ faults }: WebServerOptions, entry: JournalEntry): void {
  faults.countHit();
  entry.faultName = faults.name ?? '';
}

async function handleCliRequest(
  server: WebServerOptions,
  request: IncomingMessage,
  body: Promise<Buffer>,
  entry: JournalEntry,
  endpoint: CliEndpoint,
): Promise<TextResponse> {
  if (entry.path !== endpoint.path) return createHtmlPage(404, 'Not Found');
  if (request.method !== 'POST') return createHtmlPage(405, 'Method Not Allowed');

  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!token || !(await server.tokens.verifyToken(token))) return createHtmlPage(403, 'Forbidden');

  const contentType = request.headers['content-type'] ?? '';
  if (endpoint.requiresTextPlain && !/^text\/plain\b/i.test(contentType))
    return createHtmlPage(415, 'Unsupported Media Type');

  const text = (await body).toString('utf8');
  entry.commandText = text;
  const command = parseCommandName(text, endpoint.listedCommands);
  const rejection =
    { ...REJECTED_COMMANDS, ...server.behavior.rejectedCommands }[command] ??
    (endpoint.listedCommands.has(command) ? undefined : 403);
  if (rejection !== undefined)
    return createHtmlPage(rejection, rejection === 403 ? 'Forbidden' : 'Internal Server Error');

  return runReceivedCommand(server, text, entry);
}

async function runReceivedCommand(server: WebServerOptions, text: string, entry: JournalEntry): Promise<TextResponse> {
  const { load } = server;
  const behavior = { ...server.behavior, ...server.faults.getFor('web server')?.behavior };
  if (load.running >= (behavior.maxConcurrentCommands ?? DEFAULT_MAX_CONCURRENT))
    return createHtmlPage(503, 'Service Temporarily Unavailable');
  load.running += 1;
  load.peak = Math.max(load.peak, load.running);
  try {
    const result = await server.runner.run(text, server.closing);
    entry.exitCode = result.exitCode;
    return createCliResponse(result, behavior);
  } catch (error) {
    if (error instanceof RunnerNotReadyError) return createHtmlPage(503, 'Service Temporarily Unavailable');
    throw error;
  } finally {
    load.running -= 1;
  }
}

function redirectToTrailingSlash(
  server: WebServerOptions,
  entry: JournalEntry,
  response: ServerResponse,
  target: string,
): void {
  entry.status = 307;
  const location = server.behavior.redirect === 'relative' ? target : `https://${server.hostname}${target}`;
  response.writeHead(307, { Location: location, 'Content-Length': 0 }).end();
}
