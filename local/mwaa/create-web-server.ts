import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AirflowRunner } from '../airflow/airflow-runner.ts';
import type { CliTokenIssuer } from './cli-token-issuer.ts';
import type { FaultContext } from './fault-actions.ts';
import type { ActiveFault } from './faults.ts';
import { createHtmlPage, readWholeBody, sendResponse } from './http-messages.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { getListedCommands, parseCommandName } from './listed-commands.ts';
import { createCliResponse, type TextResponse, type WebServerBehavior } from './web-server-behavior.ts';

/** One environment's web server. */
export interface WebServerOptions {
  readonly environment: string;
  readonly hostname: string;
  readonly runner: AirflowRunner;
  readonly tokens: CliTokenIssuer;
  readonly behavior: WebServerBehavior;
  readonly journal: Journal;
  /** Commands running now, and the most there ever were. The caller makes it and reads it. */
  readonly load: { now: number; most: number };
  /** Aborted when the stand-in closes. A client that goes away ends nothing: assumed, as a web server runs a process. */
  readonly closing: AbortSignal;
  readonly faults: ActiveFault;
  /** A request in a fault's hands. */
  createFaultContext(request: IncomingMessage, response: ServerResponse): FaultContext;
  now(): number;
}

const CLI_PATH = '/aws_mwaa/cli';

/** Refused although the text is plausible, with a status of their own (reported; for the others 403 is). */
const REJECTED_COMMANDS: Readonly<Record<string, number>> = {
  'pools import': 500,
  'roles create': 500,
  'roles delete': 500,
};

/**
 * `POST /aws_mwaa/cli` as far as it is known.
 *
 * Documented: path, bearer token, text/plain, base64 streams in JSON, 503 when too many run, the 307 to the form with a
 * slash on Airflow 3. Reported: 403 for a bad token and for a refused command, 500 for some of those, other content types
 * on 2.x. Assumed: that the form with a slash does not exist on 2.x, that 3.x insists on text/plain, an absolute `Location`
 * (as Starlette writes it), that the redirect comes before the token is looked at, HTML bodies, 404 and 405 elsewhere.
 */
export function createWebServer(server: WebServerOptions): RequestListener {
  const listed = getListedCommands(server.runner.release);
  const slash = Number.parseInt(server.runner.release, 10) >= 3;
  const served = slash ? `${CLI_PATH}/` : CLI_PATH;

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
    const body = fault?.insteadOfReading ? Promise.resolve(Buffer.alloc(0)) : readWholeBody(request);
    const before = fault?.insteadOfReading ?? fault?.insteadOfRunning;
    if (before !== undefined) {
      entry.commandText = (await body.catch(() => Buffer.alloc(0))).toString('utf8');
      if (!fault?.exceptCommands?.test(entry.commandText)) {
        recordFault(server, entry);
        return before(server.createFaultContext(request, response));
      }
    }
    if (slash && path === CLI_PATH)
      return redirectToTrailingSlash(server, entry, response, `${served}${url.slice(CLI_PATH.length)}`);
    const answer = await handleCliRequest(server, request, body, entry, { listed, served, textOnly: slash }).catch(
      (error): TextResponse => {
        entry.standInError = error instanceof Error ? error.message : String(error);
        return createHtmlPage(500, 'Internal Server Error');
      },
    );
    entry.status = answer.status;
    if (fault?.insteadOfResponding !== undefined && entry.exitCode !== undefined) {
      recordFault(server, entry);
      return fault.insteadOfResponding(server.createFaultContext(request, response), answer);
    }
    sendResponse(response, answer);
  };
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
  expect: { listed: ReadonlySet<string>; served: string; textOnly: boolean },
): Promise<TextResponse> {
  if (entry.path !== expect.served) return createHtmlPage(404, 'Not Found');
  if (request.method !== 'POST') return createHtmlPage(405, 'Method Not Allowed');

  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!token || !(await server.tokens.isValid(token))) return createHtmlPage(403, 'Forbidden');

  const type = request.headers['content-type'] ?? '';
  if (expect.textOnly && !/^text\/plain\b/i.test(type)) return createHtmlPage(415, 'Unsupported Media Type');

  const text = (await body).toString('utf8');
  entry.commandText = text;
  const command = parseCommandName(text, expect.listed);
  const refused =
    { ...REJECTED_COMMANDS, ...server.behavior.rejectedCommands }[command] ??
    (expect.listed.has(command) ? undefined : 403);
  if (refused !== undefined) return createHtmlPage(refused, refused === 403 ? 'Forbidden' : 'Internal Server Error');

  return runReceivedCommand(server, text, entry);
}

async function runReceivedCommand(server: WebServerOptions, text: string, entry: JournalEntry): Promise<TextResponse> {
  const { load } = server;
  const dress = { ...server.behavior, ...server.faults.getFor('web server')?.behavior };
  if (load.now >= (dress.maxConcurrentCommands ?? 4)) return createHtmlPage(503, 'Service Temporarily Unavailable');
  load.now += 1;
  load.most = Math.max(load.most, load.now);
  try {
    const finished = await server.runner.run(text, server.closing);
    entry.exitCode = finished.exitCode;
    return createCliResponse(finished, dress);
  } finally {
    load.now -= 1;
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
