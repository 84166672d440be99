import type { ServerResponse } from 'node:http';
import { createHtmlPage as pageOf, sendResponse } from './http-messages.ts';
import type { TextResponse } from './web-server-behavior.ts';

/** A request whose answer is in a fault's hands. */
export interface FaultContext {
  readonly response: ServerResponse;
  readonly hostname: string;
  /** Path of the request. */
  readonly path: string;
  /** How late a late answer comes. */
  readonly delaySeconds: number;
  /** Resets the connection (TCP RST). */
  resetConnection(): void;
  /** Sends a signal to the processes of the functions. */
  signalFunctions(signal: 'SIGKILL' | 'SIGSTOP'): void;
}

/** What a fault does with a request. Sends something, or nothing. */
export type FaultAction = (exchange: FaultContext) => void;

/** What a fault does with the answer of a command that was run. */
export type AfterRunAction = (exchange: FaultContext, answer: TextResponse) => void;

/** A host that is not MWAA's. What arrives there has been given the token. */
export const FOREIGN_HOSTNAME = 'elsewhere.example.com';

/** A reset throws away what the other side has not read: so long it has to read it. */
const RESET_DELAY_MS = 100;
const HUGE_BODY_BYTES = 50 * 1024 * 1024;

export const resetConnection: FaultAction = (exchange) => exchange.resetConnection();

export const neverRespond: FaultAction = () => {};

export const respondWithPage =
  (status: number, title: string): FaultAction =>
  ({ response }) =>
    sendResponse(response, pageOf(status, title));

export const respondWithJson =
  (text: string): FaultAction =>
  ({ response }) =>
    sendResponse(response, { status: 200, contentType: 'application/json', body: text });

/** An error as AWS's REST-JSON protocol has it. */
export const respondWithAwsError =
  (status: number, code: string, message: string): FaultAction =>
  ({ response }) =>
    sendResponse(
      response,
      { status, contentType: 'application/json', body: JSON.stringify({ message }) },
      { 'x-amzn-ErrorType': code },
    );

export const respondWithTokenOnly: FaultAction = (exchange) => respondWithJson('{"CliToken":"a.b.c"}')(exchange);

export const redirectToForeignHost: FaultAction = ({ response, path }) =>
  sendRedirect(response, `https://${FOREIGN_HOSTNAME}${path}`);
export const redirectToHttp: FaultAction = ({ response, hostname, path }) =>
  sendRedirect(response, `http://${hostname}${path}`);
export const redirectToSelf: FaultAction = ({ response, hostname, path }) =>
  sendRedirect(response, `https://${hostname}${path}`);

/** Members put in place of the answer's own. */
export const replaceStreams =
  (members: object): AfterRunAction =>
  ({ response }, answer) =>
    sendResponse(response, { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), ...members }) });

export const truncateBody: AfterRunAction = ({ response }, answer) =>
  sendResponse(response, { ...answer, body: answer.body.slice(0, answer.body.length / 2) });

export const respondWithHugeBody: AfterRunAction = (exchange, answer) => {
  const { stdout } = JSON.parse(answer.body) as { stdout: string };
  const start = Buffer.from(stdout, 'base64');
  const more = Buffer.alloc((HUGE_BODY_BYTES / 4) * 3, 'x'.repeat(99).concat('\n'));
  replaceStreams({ stdout: Buffer.concat([start, more]).toString('base64') })(exchange, answer);
};

export const respondLate: AfterRunAction = ({ response, delaySeconds }, answer) => {
  const timer = setTimeout(() => sendResponse(response, answer), delaySeconds * 1000);
  response.once('close', () => clearTimeout(timer));
};

export const hangDuringBody: AfterRunAction = ({ response }, answer) => void sendFirstHalf(response, answer);

export const resetDuringBody: AfterRunAction = ({ response, resetConnection }, answer) =>
  sendFirstHalf(response, answer, () => void setTimeout(resetConnection, RESET_DELAY_MS));

export const signalFunctionProcesses =
  (signal: 'SIGKILL' | 'SIGSTOP'): AfterRunAction =>
  (exchange) =>
    exchange.signalFunctions(signal);

function sendRedirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { Location: location, 'Content-Length': 0 }).end();
}

/** Announces the whole answer and sends its first half. */
function sendFirstHalf(
  response: ServerResponse,
  { status, contentType, body: text }: TextResponse,
  then?: () => void,
): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), then);
}
