import type { ServerResponse } from 'node:http';
import type { Answer } from './dress.ts';
import { page as pageOf, send } from './http.ts';

/** A request whose answer is in a fault's hands. */
export interface Exchange {
  readonly response: ServerResponse;
  readonly hostname: string;
  /** Path of the request. */
  readonly path: string;
  /** How late a late answer comes. */
  readonly seconds: number;
  /** Resets the connection (TCP RST). */
  reset(): void;
  /** Sends a signal to the processes of the functions. */
  signalFunctions(signal: 'SIGKILL' | 'SIGSTOP'): void;
}

/** What a fault does with a request. Sends something, or nothing. */
export type Act = (exchange: Exchange) => void;

/** What a fault does with the answer of a command that was run. */
export type AfterRun = (exchange: Exchange, answer: Answer) => void;

/** A host that is not MWAA's. What arrives there has been given the token. */
export const ELSEWHERE = 'elsewhere.example.com';

/** A reset throws away what the other side has not read: so long it has to read it. */
const ARRIVAL_MS = 100;
const HUGE_BYTES = 50 * 1024 * 1024;

export const reset: Act = (exchange) => exchange.reset();

export const hang: Act = () => {};

export const page =
  (status: number, title: string): Act =>
  ({ response }) =>
    send(response, pageOf(status, title));

export const body =
  (text: string): Act =>
  ({ response }) =>
    send(response, { status: 200, contentType: 'application/json', body: text });

/** An error as AWS's REST-JSON protocol has it. */
export const awsError =
  (status: number, code: string, message: string): Act =>
  ({ response }) =>
    send(
      response,
      { status, contentType: 'application/json', body: JSON.stringify({ message }) },
      { 'x-amzn-ErrorType': code },
    );

export const tokenWithoutHost: Act = (exchange) => body('{"CliToken":"a.b.c"}')(exchange);

export const redirectElsewhere: Act = ({ response, path }) => redirect(response, `https://${ELSEWHERE}${path}`);
export const redirectToHttp: Act = ({ response, hostname, path }) => redirect(response, `http://${hostname}${path}`);
export const redirectToItself: Act = ({ response, hostname, path }) => redirect(response, `https://${hostname}${path}`);

/** Members put in place of the answer's own. */
export const streams =
  (members: object): AfterRun =>
  ({ response }, answer) =>
    send(response, { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), ...members }) });

export const truncated: AfterRun = ({ response }, answer) =>
  send(response, { ...answer, body: answer.body.slice(0, answer.body.length / 2) });

export const huge: AfterRun = (exchange, answer) => {
  const { stdout } = JSON.parse(answer.body) as { stdout: string };
  const start = Buffer.from(stdout, 'base64');
  const more = Buffer.alloc((HUGE_BYTES / 4) * 3, 'x'.repeat(99).concat('\n'));
  streams({ stdout: Buffer.concat([start, more]).toString('base64') })(exchange, answer);
};

export const late: AfterRun = ({ response, seconds }, answer) => {
  const timer = setTimeout(() => send(response, answer), seconds * 1000);
  response.once('close', () => clearTimeout(timer));
};

export const hangInBody: AfterRun = ({ response }, answer) => void half(response, answer);

export const resetInBody: AfterRun = ({ response, reset }, answer) =>
  half(response, answer, () => void setTimeout(reset, ARRIVAL_MS));

export const signalFunctions =
  (signal: 'SIGKILL' | 'SIGSTOP'): AfterRun =>
  (exchange) =>
    exchange.signalFunctions(signal);

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { Location: location, 'Content-Length': 0 }).end();
}

/** Announces the whole answer and sends its first half. */
function half(response: ServerResponse, { status, contentType, body: text }: Answer, then?: () => void): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), then);
}
