import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Runner } from '../airflow/runner.ts';
import type { CliTokens } from './cli-token.ts';
import { type Answer, type Dress, dressed } from './dress.ts';
import type { Exchange } from './fault-acts.ts';
import type { ActiveFault } from './faults.ts';
import { page, readBody, send } from './http.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { commandOf, listedCommands } from './listed-commands.ts';

/** One environment's web server. */
export interface WebServer {
  readonly environment: string;
  readonly hostname: string;
  readonly runner: Runner;
  readonly tokens: CliTokens;
  readonly dress: Dress;
  readonly journal: Journal;
  /** Commands running now, and the most there ever were. The caller makes it and reads it. */
  readonly load: { now: number; most: number };
  /** Aborted when the stand-in closes. A client that goes away ends nothing: assumed, as a web server runs a process. */
  readonly closing: AbortSignal;
  readonly faults: ActiveFault;
  /** A request in a fault's hands. */
  exchange(request: IncomingMessage, response: ServerResponse): Exchange;
  now(): number;
}

const PATH = '/aws_mwaa/cli';

/** Refused although the text is plausible, with a status of their own (reported; for the others 403 is). */
const REFUSED: Readonly<Record<string, number>> = { 'pools import': 500, 'roles create': 500, 'roles delete': 500 };

/**
 * `POST /aws_mwaa/cli` as far as it is known.
 *
 * Documented: path, bearer token, text/plain, base64 streams in JSON, 503 when too many run, the 307 to the form with a
 * slash on Airflow 3. Reported: 403 for a bad token and for a refused command, 500 for some of those, other content types
 * on 2.x. Assumed: that the form with a slash does not exist on 2.x, that 3.x insists on text/plain, an absolute `Location`
 * (as Starlette writes it), that the redirect comes before the token is looked at, HTML bodies, 404 and 405 elsewhere.
 */
export function webServer(server: WebServer): RequestListener {
  const listed = listedCommands(server.runner.release);
  const slash = Number.parseInt(server.runner.release, 10) >= 3;
  const served = slash ? `${PATH}/` : PATH;

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
    const fault = server.faults.at('web server', 'function');
    const body = fault?.unread ? Promise.resolve(Buffer.alloc(0)) : readBody(request);
    const before = fault?.unread ?? fault?.before;
    if (before !== undefined) {
      entry.text = (await body.catch(() => Buffer.alloc(0))).toString('utf8');
      if (!fault?.spares?.test(entry.text)) {
        strike(server, entry);
        return before(server.exchange(request, response));
      }
    }
    if (slash && path === PATH) return redirect(server, entry, response, `${served}${url.slice(PATH.length)}`);
    const answer = await answerTo(server, request, body, entry, { listed, served, textOnly: slash }).catch(
      (error): Answer => {
        entry.fault = error instanceof Error ? error.message : String(error);
        return page(500, 'Internal Server Error');
      },
    );
    entry.status = answer.status;
    if (fault?.after !== undefined && entry.exitCode !== undefined) {
      strike(server, entry);
      return fault.after(server.exchange(request, response), answer);
    }
    send(response, answer);
  };
}

function strike({ faults }: WebServer, entry: JournalEntry): void {
  faults.struck();
  entry.struck = faults.name ?? '';
}

async function answerTo(
  server: WebServer,
  request: IncomingMessage,
  body: Promise<Buffer>,
  entry: JournalEntry,
  expect: { listed: ReadonlySet<string>; served: string; textOnly: boolean },
): Promise<Answer> {
  if (entry.path !== expect.served) return page(404, 'Not Found');
  if (request.method !== 'POST') return page(405, 'Method Not Allowed');

  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!token || !(await server.tokens.accepts(token))) return page(403, 'Forbidden');

  const type = request.headers['content-type'] ?? '';
  if (expect.textOnly && !/^text\/plain\b/i.test(type)) return page(415, 'Unsupported Media Type');

  const text = (await body).toString('utf8');
  entry.text = text;
  const command = commandOf(text, expect.listed);
  const refused = { ...REFUSED, ...server.dress.refuse }[command] ?? (expect.listed.has(command) ? undefined : 403);
  if (refused !== undefined) return page(refused, refused === 403 ? 'Forbidden' : 'Internal Server Error');

  return run(server, text, entry);
}

async function run(server: WebServer, text: string, entry: JournalEntry): Promise<Answer> {
  const { load } = server;
  const dress = { ...server.dress, ...server.faults.at('web server')?.dress };
  if (load.now >= (dress.atOnce ?? 4)) return page(503, 'Service Temporarily Unavailable');
  load.now += 1;
  load.most = Math.max(load.most, load.now);
  try {
    const finished = await server.runner.run(text, server.closing);
    entry.exitCode = finished.exitCode;
    return dressed(finished, dress);
  } finally {
    load.now -= 1;
  }
}

function redirect(server: WebServer, entry: JournalEntry, response: ServerResponse, target: string): void {
  entry.status = 307;
  const location = server.dress.redirect === 'relative' ? target : `https://${server.hostname}${target}`;
  response.writeHead(307, { Location: location, 'Content-Length': 0 }).end();
}
