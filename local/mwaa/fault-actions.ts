import type { ServerResponse } from 'node:http';
import { createHtmlPage, sendResponse, type TextResponse } from './http-messages.ts';

/** A request to which a fault responds. */
export interface FaultContext {
  readonly response: ServerResponse;
  readonly hostname: string;
  /** Path of the request. */
  readonly path: string;
  /** Delay of a late response. */
  readonly delaySeconds: number;
  /** Resets the connection (TCP RST). */
  resetConnection(): void;
  /** Sends a signal to the processes of the functions. */
  signalFunctions(signal: 'SIGKILL' | 'SIGSTOP'): void;
}

/** What a fault does with a request. May send a response. */
export type FaultAction = (context: FaultContext) => void;

/** What a fault does with the response of a command that has run. */
export type AfterRunAction = (context: FaultContext, response: TextResponse) => void;

/** A host that does not belong to MWAA. A client that sends a request there discloses its token. */
export const FOREIGN_HOSTNAME = 'elsewhere.example.com';

/** How long a client has to read the bytes that were sent: a reset discards what it has not read. */
const RESET_DELAY_MS = 100;
const HUGE_BODY_BYTES = 50 * 1024 * 1024;
const HUGE_JSON_BYTES = 20 * 1024 * 1024;

export const resetConnection: FaultAction = (context) => context.resetConnection();

export const neverRespond: FaultAction = () => {};

export const respondWithPage =
  (status: number, title: string): FaultAction =>
  ({ response }) =>
    sendResponse(response, createHtmlPage(status, title));

export const respondWithJson =
  (text: string): FaultAction =>
  ({ response }) =>
    sendResponse(response, { status: 200, contentType: 'application/json', body: text });

const REFUSAL = 'sub command not allowed';

/** MWAA does not allow the command. The wording is AWS's; where it stands is not known. */
export const refuseCommand =
  (status: number): FaultAction =>
  ({ response }) =>
    sendResponse(response, { status, contentType: 'text/plain', body: REFUSAL });

export const refuseCommandInStreams: FaultAction = respondWithJson(
  JSON.stringify({ stdout: '', stderr: Buffer.from(`${REFUSAL}\n`).toString('base64') }),
);

/** An error in AWS's REST-JSON protocol. */
export const respondWithAwsError =
  (status: number, code: string, message: string): FaultAction =>
  ({ response }) =>
    sendResponse(
      response,
      { status, contentType: 'application/json', body: JSON.stringify({ message }) },
      { 'x-amzn-ErrorType': code },
    );

export const respondWithTokenOnly: FaultAction = respondWithJson('{"CliToken":"a.b.c"}');

export const redirectToForeignHost: FaultAction = ({ response, path }) =>
  sendRedirect(response, `https://${FOREIGN_HOSTNAME}${path}`);
export const redirectToHttp: FaultAction = ({ response, hostname, path }) =>
  sendRedirect(response, `http://${hostname}${path}`);
export const redirectToSelf: FaultAction = ({ response, hostname, path }) =>
  sendRedirect(response, `https://${hostname}${path}`);

export const redirectToLogin: FaultAction = ({ response }) => {
  response.writeHead(302, { Location: '/login/?next=%2Fhome', 'Content-Length': 0 }).end();
};

export const respondWithLoginPage: FaultAction = respondWithPage(200, 'Sign In');

/** A page that does not exist sets a cookie too (measured with Airflow 2). */
export const respondNotFoundWithCookies: FaultAction = ({ response }) =>
  sendResponse(response, createHtmlPage(404, 'Not Found'), {
    'Set-Cookie': ['session=anonymous; HttpOnly; Path=/', '_token=anonymous; HttpOnly; Path=/'],
  });

export const respondWithHugeJson: AfterRunAction = ({ response }, answer) =>
  sendResponse(response, { ...answer, body: JSON.stringify({ text: 'x'.repeat(HUGE_JSON_BYTES) }) });

/** Replaces members of the response. */
export const replaceStreams =
  (members: object): AfterRunAction =>
  ({ response }, cliResponse) =>
    sendResponse(response, { ...cliResponse, body: JSON.stringify({ ...JSON.parse(cliResponse.body), ...members }) });

export const truncateBody: AfterRunAction = ({ response }, cliResponse) =>
  sendResponse(response, { ...cliResponse, body: cliResponse.body.slice(0, cliResponse.body.length / 2) });

export const respondWithHugeBody: AfterRunAction = (context, cliResponse) => {
  const { stdout } = JSON.parse(cliResponse.body) as { stdout: string };
  const start = Buffer.from(stdout, 'base64');
  const more = Buffer.alloc((HUGE_BODY_BYTES / 4) * 3, 'x'.repeat(99).concat('\n'));
  replaceStreams({ stdout: Buffer.concat([start, more]).toString('base64') })(context, cliResponse);
};

export const respondLate: AfterRunAction = ({ response, delaySeconds }, cliResponse) => {
  const timer = setTimeout(() => sendResponse(response, cliResponse), delaySeconds * 1000);
  response.once('close', () => clearTimeout(timer));
};

export const respondInHalves: AfterRunAction = ({ response, delaySeconds }, cliResponse) => {
  const { body } = cliResponse;
  sendFirstHalf(response, cliResponse);
  const timer = setTimeout(() => response.end(body.slice(body.length / 2)), delaySeconds * 1000);
  response.once('close', () => clearTimeout(timer));
};

export const resetLate: AfterRunAction = ({ response, delaySeconds, resetConnection }) => {
  const timer = setTimeout(resetConnection, delaySeconds * 1000);
  response.once('close', () => clearTimeout(timer));
};

export const hangDuringBody: AfterRunAction = ({ response }, cliResponse) => void sendFirstHalf(response, cliResponse);

export const resetDuringBody: AfterRunAction = ({ response, resetConnection }, cliResponse) =>
  sendFirstHalf(response, cliResponse, () => void setTimeout(resetConnection, RESET_DELAY_MS));

export const signalFunctionProcesses =
  (signal: 'SIGKILL' | 'SIGSTOP'): AfterRunAction =>
  (context) =>
    context.signalFunctions(signal);

function sendRedirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { Location: location, 'Content-Length': 0 }).end();
}

/** Announces the full length of the response and sends its first half. */
function sendFirstHalf(
  response: ServerResponse,
  { status, contentType, body: text }: TextResponse,
  then?: () => void,
): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), then);
}
