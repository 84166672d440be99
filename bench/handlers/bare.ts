/**
 * The rival of the functions: it sends one request on a kept-alive connection and returns the response, and does nothing else. The variable
 * `BARE_REQUEST` has the request.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';

/** The request, as JSON. */
export interface BareRequest {
  readonly hostname: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

interface ResponseStream {
  write(data: Buffer): void;
  end(): void;
}

interface LambdaGlobal {
  streamifyResponse<Handler>(handler: Handler): Handler;
  HttpResponseStream: { from(stream: ResponseStream, metadata: object): ResponseStream };
}

declare const awslambda: LambdaGlobal | undefined;

const { hostname, path, headers, body, method = 'POST' }: BareRequest = JSON.parse(process.env.BARE_REQUEST ?? '{}');
const agent = new Agent({ keepAlive: true });

/** Sends the request, and returns the body of the response. */
export const post = (): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ agent, hostname, path, headers, method }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The server returned ${response.statusCode}.`));
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    outgoing.on('error', reject).end(body);
  });

export const buffered = async (): Promise<object> => ({ statusCode: 200, body: (await post()).toString('utf8') });

export const handler =
  typeof awslambda === 'undefined'
    ? buffered
    : awslambda.streamifyResponse(async (_event: unknown, stream: ResponseStream) => {
        const response = await post();
        const out = awslambda.HttpResponseStream.from(stream, {
          statusCode: 200,
          headers: { 'content-type': 'application/json' },
        });
        out.write(response);
        out.end();
      });
