import type { IncomingMessage } from 'node:http';

/** Reads a request body. Rejects if the client disconnects before its end. */
export async function readBody(request: IncomingMessage): Promise<Buffer>;
/**
 * Reads a request body. Returns undefined if it is larger than `maxBytes`. Reads and discards the rest in this case, so that the client
 * can receive the response.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined>;
export async function readBody(
  request: IncomingMessage,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= maxBytes) chunks.push(chunk as Buffer);
  }
  return length <= maxBytes ? Buffer.concat(chunks) : undefined;
}
