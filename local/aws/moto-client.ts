import { request } from 'node:http';
import type { Moto } from './start-moto.ts';

/** The services that moto plays, with the protocol of their API. */
export const AWS_SERVICES = {
  sqs: { target: 'AmazonSQS', contentType: 'application/x-amz-json-1.0' },
  events: { target: 'AWSEvents', contentType: 'application/x-amz-json-1.1' },
  secretsmanager: { target: 'secretsmanager', contentType: 'application/x-amz-json-1.1' },
  ssm: { target: 'AmazonSSM', contentType: 'application/x-amz-json-1.1' },
} as const;

/** A service whose operations are JSON. S3's are not. */
export type JsonService = keyof typeof AWS_SERVICES;

/** Calls the services as AWS itself does: without signatures and policies. */
export interface MotoClient {
  /**
   * Runs an operation, such as `sqs` and `ReceiveMessage`.
   *
   * @throws MotoError if the service rejects it
   */
  call<Output = Record<string, unknown>>(service: JsonService, operation: string, input: object): Promise<Output>;
  /** Sends a request as it is. One runs at a time: moto deletes messages without the lock that it takes to add one (read in its code). */
  send(request: MotoRequest): Promise<MotoResponse>;
}

export interface MotoRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

export interface MotoResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An error that moto reports for an operation. */
export class MotoError extends Error {
  override readonly name = 'MotoError';
  /** As in `ReceiptHandleIsInvalid`. */
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
    this.status = status;
  }
}

export function createMotoClient({ port }: Moto, region: string): MotoClient {
  let last: Promise<unknown> = Promise.resolve();
  const send: MotoClient['send'] = (message) => {
    const response = last.then(() => sendNow(port, message));
    last = response.catch(() => {});
    return response;
  };
  return {
    send,
    async call(service, operation, input) {
      const { target, contentType } = AWS_SERVICES[service];
      const { status, body } = await send({
        method: 'POST',
        path: '/',
        headers: {
          host: `${service}.${region}.amazonaws.com`,
          'content-type': contentType,
          'x-amz-target': `${target}.${operation}`,
          authorization: createScope(service, region),
        },
        body: JSON.stringify(input),
      });
      const result = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
      if (status < 400) return result;
      const type = String(result.__type ?? 'Unknown').replace(/^.*#/, '');
      throw new MotoError(type, status, String(result.message ?? result.Message ?? ''));
    },
  };
}

/** moto reads service and region from it, and verifies nothing. */
export const createScope = (service: string, region: string): string =>
  `AWS4-HMAC-SHA256 Credential=AWS/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

function sendNow(port: number, { method, path, headers, body }: MotoRequest): Promise<MotoResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers).flatMap(([name, value]) =>
                value === undefined ? [] : [[name, String(value)]],
              ),
            ),
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on('error', reject).end(body);
  });
}
