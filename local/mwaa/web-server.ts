import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Runner } from '../airflow/runner.ts';
import type { CliTokens } from './cli-token.ts';
import { type Answer, type Dress, dressed } from './dress.ts';
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
    if (slash && path === PATH) return redirect(server, entry, response, `${served}${url.slice(PATH.length)}`);
    const answer = await answerTo(server, request, entry, { listed, served, textOnly: slash }).catch(
      (error): Answer => {
        entry.fault = error instanceof Error ? error.message : String(error);
        return page(500, 'Internal Server Error');
      },
    );
    entry.status = answer.status;
    send(response, answer);
  };
}

async function answerTo(
  server: WebServer,
  request: IncomingMessage,
  entry: JournalEntry,
  expect: { listed: ReadonlySet<string>; served: string; textOnly: boolean },
): Promise<Answer> {
  if (entry.path !== expect.served) return page(404, 'Not Found');
  if (request.method !== 'POST') return page(405, 'Method Not Allowed');

  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!token || !(await server.tokens.accepts(token))) return page(403, 'Forbidden');

  const type = request.headers['content-type'] ?? '';
  if (expect.textOnly && !/^text\/plain\b/i.test(type)) return page(415, 'Unsupported Media Type');

  const text = (await readBody(request)).toString('utf8');
  entry.text = text;
  const command = commandOf(text, expect.listed);
  const refused = { ...REFUSED, ...server.dress.refuse }[command] ?? (expect.listed.has(command) ? undefined : 403);
  if (refused !== undefined) return page(refused, refused === 403 ? 'Forbidden' : 'Internal Server Error');

  return run(server, text, entry);
}

async function run(server: WebServer, text: string, entry: JournalEntry): Promise<Answer> {
  const { load, dress } = server;
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
