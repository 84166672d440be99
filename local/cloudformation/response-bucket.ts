/**
 * The bucket to which custom resources send their responses.
 *
 * Documented (CloudFormation, "Custom resource response objects"): the response is JSON text of at most 4,096 bytes, sent with PUT to a presigned
 * URL. Reported by users of AWS, not documented: a content type other than an empty one is a 403, because the signature covers it; the
 * host name. Assumed: Signature Version 4; that the URL is valid for two hours.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readBody } from '../read-body.ts';

/** What happens to the next responses, on purpose. */
export interface ResponseFault {
  /** S3 answers with this status, and the response is lost. `cut`: the connection ends. */
  readonly answer: number | 'cut';
  /** How many responses. Default: all. */
  readonly times?: number;
}

export interface ResponseBucket {
  /** The functions' network: `name:443` → `127.0.0.1:port`. */
  readonly network: Readonly<Record<string, string>>;
  /** Creates a URL that accepts one response. */
  createUrl(): { readonly url: string; readonly response: Promise<string> };
  setFault(fault: ResponseFault | undefined): void;
  /** The bodies that have arrived, also those that were lost. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

export interface ResponseBucketOptions {
  readonly region: string;
  readonly now: () => number;
  readonly issueCertificate: (hostname: string) => Promise<{ readonly cert: string; readonly key: string }>;
}

const VALID_SECONDS = 7200;
const MAX_BYTES = 1024 * 1024;

export async function startResponseBucket({
  region,
  now,
  issueCertificate,
}: ResponseBucketOptions): Promise<ResponseBucket> {
  const hostname = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.${region}.amazonaws.com`;
  const waiting = new Map<string, { readonly expiresAt: number; readonly resolve: (body: string) => void }>();
  const received: string[] = [];
  let fault: { readonly answer: ResponseFault['answer']; remaining: number } | undefined;
  const takeFault = () => {
    if (fault === undefined) return undefined;
    const { answer } = fault;
    fault.remaining -= 1;
    if (fault.remaining <= 0) fault = undefined;
    return answer;
  };
  const server = createServer(await issueCertificate(hostname), async (request, response) => {
    const body = await readBody(request, MAX_BYTES);
    const entry = waiting.get(request.url ?? '');
    const isSigned = request.method === 'PUT' && (request.headers['content-type'] ?? '') === '';
    if (entry === undefined || !isSigned || entry.expiresAt <= now() || body === undefined) {
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
      return;
    }
    const text = body.toString('utf8');
    received.push(text);
    const answer = takeFault();
    if (answer === 'cut') return void request.socket.destroy();
    if (answer !== undefined) return void response.writeHead(answer).end();
    entry.resolve(text);
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    network: { [`${hostname}:443`]: `127.0.0.1:${port}` },
    received,
    createUrl() {
      const date = new Date(now()).toISOString().replace(/[-:]|\.\d+/g, '');
      const query = new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Date': date,
        'X-Amz-Expires': String(VALID_SECONDS),
        'X-Amz-SignedHeaders': 'content-type;host',
        'X-Amz-Signature': randomBytes(32).toString('hex'),
      });
      const path = `/${randomBytes(8).toString('hex')}?${query}`;
      const { promise, resolve } = Promise.withResolvers<string>();
      waiting.set(path, { expiresAt: now() + VALID_SECONDS * 1000, resolve });
      return { url: `https://${hostname}${path}`, response: promise };
    },
    setFault(next) {
      fault = next && { answer: next.answer, remaining: next.times ?? Number.POSITIVE_INFINITY };
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
