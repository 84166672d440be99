import { Agent, request } from 'node:https';
import type { CliToken } from './token.ts';

/** The web server's answer to one command. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Posts one command line to the web server. The seam: the real web server, the stand-in and a test's object implement it. */
export type Post = (token: CliToken, line: string, signal: AbortSignal) => Promise<Answer>;

/** The command got no answer. `sent` is false only where it is certain that nothing left. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly sent: boolean;
  readonly reason: string;

  constructor(reason: string, sent: boolean, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
    this.sent = sent;
  }
}

/** Largest answer that is read, in bytes. Streams come as base64, and a Lambda response is bounded. */
const MAX_BYTES = 32 * 1024 * 1024;
/** A connection that was idle for longer is not used again: a load balancer closes it, and a frozen function does not notice. */
const IDLE_MS = 30_000;

/**
 * Posts over kept-alive HTTPS. Airflow 3 answers the path without a slash with a 307 to the one with it, so it is asked
 * there outright; one redirect within the same origin is followed, keeping method, body and token.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 *
 * @param airflow release, as in `3.0.6`
 * @param now milliseconds
 */
export function poster(airflow: string, now: () => number): Post {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 4 });
  let path = airflow.startsWith('1.') || airflow.startsWith('2.') ? '/aws_mwaa/cli' : '/aws_mwaa/cli/';
  let lastUsed = now();
  return async (token, line, signal) => {
    if (now() - lastUsed > IDLE_MS) agent.destroy();
    lastUsed = now();
    let answer = await send(agent, path, token, line, signal);
    const redirected = redirect(answer.location, token.hostname);
    if (redirected !== undefined && [307, 308].includes(answer.status)) {
      path = redirected;
      answer = await send(agent, path, token, line, signal);
    }
    lastUsed = now();
    return { status: answer.status, body: answer.body };
  };
}

/** The path of a redirect that stays on the web server, or undefined. A token goes to no other host. */
function redirect(location: string | undefined, hostname: string): string | undefined {
  if (location === undefined || !URL.canParse(location, `https://${hostname}/`)) return undefined;
  const target = new URL(location, `https://${hostname}/`);
  return target.origin === `https://${hostname}` ? target.pathname : undefined;
}

function send(
  agent: Agent,
  path: string,
  { token, hostname }: CliToken,
  line: string,
  signal: AbortSignal,
): Promise<Answer & { location: string | undefined }> {
  return new Promise((resolve, reject) => {
    let sent = false;
    const fail = (cause: Error) => {
      const reason = signal.aborted ? 'no answer in time' : ((cause as NodeJS.ErrnoException).code ?? cause.message);
      reject(new NoAnswer(reason, sent, { cause }));
    };
    const body = Buffer.from(line, 'utf8');
    const outgoing = request(
      {
        agent,
        hostname,
        path,
        method: 'POST',
        signal,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain', 'content-length': body.length },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_BYTES) outgoing.destroy(new Error(`the answer is larger than ${MAX_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode = 0, headers } = response;
          resolve({ status: statusCode, body: Buffer.concat(chunks).toString('utf8'), location: headers.location });
        });
      },
    );
    outgoing.on('error', fail);
    outgoing.on('socket', (socket) => {
      // The body is written only once the connection stands: until then nothing can have left.
      const write = () => {
        sent = true;
        outgoing.end(body);
      };
      if (outgoing.reusedSocket || !socket.connecting) write();
      else socket.once('secureConnect', write);
    });
  });
}
