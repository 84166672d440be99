import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TextResponse } from './web-server-behavior.ts';

/** The whole body. Rejects where the client goes away before its end. */
export async function readWholeBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers and ends; a client that has gone is no error. */
export function sendResponse(
  response: ServerResponse,
  answer: TextResponse,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': body.length,
    ...headers,
  });
  response.end(body);
}

/** A page as web servers and load balancers answer for themselves. That MWAA's are HTML is assumed. */
export function createHtmlPage(status: number, title: string): TextResponse {
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: `<html>\n<head><title>${status} ${title}</title></head>\n<body>\n<center><h1>${status} ${title}</h1></center>\n</body>\n</html>\n`,
  };
}
