import { request } from 'node:https';

export interface SendResponseOptions {
  sleep(milliseconds: number): Promise<unknown>;
  /** How long to try, in milliseconds. */
  readonly timeLeftMs: () => number;
}

const ATTEMPT_MS = 10_000;
const MAX_PAUSE_MS = 8_000;

/**
 * Sends a response to CloudFormation, with repeats: without it CloudFormation waits until its own timeout. The signature of the URL covers an empty
 * content type (reported: S3 answers 403 to any other).
 *
 * @throws Error without the URL, which is a credential
 */
export async function sendResponse(
  url: string,
  body: string,
  { sleep, timeLeftMs }: SendResponseOptions,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const status = await put(url, body).catch((error: NodeJS.ErrnoException) => error.code ?? error.name);
    if (status === 200) return;
    const pauseMs = Math.min(MAX_PAUSE_MS, 500 * 2 ** attempt);
    const isFinal = typeof status === 'number' && status >= 400 && status < 500;
    if (isFinal || timeLeftMs() < pauseMs + ATTEMPT_MS) {
      throw new Error(`CloudFormation's response URL cannot be reached or rejects the response (${status})`);
    }
    await sleep(pauseMs);
  }
}

function put(url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: 'PUT',
        headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) },
        timeout: ATTEMPT_MS,
        agent: false,
        signal: AbortSignal.timeout(ATTEMPT_MS),
      },
      (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
