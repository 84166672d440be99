import type { ServerResponse } from 'node:http';

/** A complete response. */
export interface TextResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Sends a complete response. A client that has disconnected causes no error. */
export function sendResponse(
  response: ServerResponse,
  { status, contentType, body }: TextResponse,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': bytes.length, ...headers });
  response.end(bytes);
}

/** An error page like those of web servers and load balancers. Assumed: MWAA's error pages are HTML. */
export function createHtmlPage(status: number, title: string): TextResponse {
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: `<html>\n<head><title>${status} ${title}</title></head>\n<body>\n<center><h1>${status} ${title}</h1></center>\n</body>\n</html>\n`,
  };
}
