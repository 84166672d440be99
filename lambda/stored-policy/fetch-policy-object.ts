import { Agent, request } from 'node:https';
import { MAX_POLICY_BYTES, POLICY_KEY } from '../../contract/stored-policy.ts';
import { type CredentialSource, createSigner, readLambdaCredentials } from '../aws/sign-request.ts';

/** The answer of S3. */
export interface PolicyObject {
  readonly status: number;
  readonly etag?: string | undefined;
  /** The object, or S3's error as XML. */
  readonly text: string;
}

/**
 * Reads the object, unless it still has this ETag: then the status is 304.
 *
 * @throws Error of Node's sockets, or a `TimeoutError`
 */
export type FetchPolicyObject = (etag: string | undefined) => Promise<PolicyObject>;

/** One attempt, from name resolution to the last byte. Without a way to S3, a connection waits until this time is over. */
export const ATTEMPT_TIMEOUT_MS = 1500;

const ATTEMPTS = 2;

export interface PolicyObjectAccess {
  readonly bucket: string;
  readonly region?: string;
  readonly credentials?: CredentialSource;
  readonly attemptTimeoutMs?: number;
}

/**
 * Creates a function that reads the stored policy from S3. The SDK's client is not used: it is larger than the relay.
 *
 * A failed connection, a throttled request and an error of S3 are tried once more.
 */
export function createFetchPolicyObject({
  bucket,
  region = process.env.AWS_REGION ?? '',
  credentials = readLambdaCredentials,
  attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
}: PolicyObjectAccess): FetchPolicyObject {
  const agent = new Agent({ keepAlive: true });
  const hostname = formatBucketHost(bucket, region);
  const sign = createSigner('s3', region, credentials, { uriEscapePath: false });
  const attempt = async (etag: string | undefined): Promise<PolicyObject> => {
    const { path, method, headers } = await sign(
      {
        protocol: 'https:',
        hostname,
        path: `/${POLICY_KEY}`,
        method: 'GET',
        headers: { host: hostname, ...(etag !== undefined && { 'if-none-match': etag }) },
        body: '',
      },
      new Date(),
    );
    const signal = AbortSignal.timeout(attemptTimeoutMs);
    return new Promise((resolve, reject) => {
      const outgoing = request({ hostname, path, method, headers, agent, signal });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > MAX_POLICY_BYTES) outgoing.destroy(new PolicyTooLargeError());
        });
        response.on('error', reject);
        response.on('end', () => {
          if (!response.complete) return reject(new Error('the response is incomplete'));
          const { statusCode = 0, headers: received } = response;
          resolve({ status: statusCode, etag: received.etag, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      outgoing.end();
    });
  };
  return async (etag) => {
    for (let count = 1; ; count += 1) {
      try {
        const answer = await attempt(etag);
        if (count === ATTEMPTS || !(answer.status === 429 || answer.status >= 500)) return answer;
      } catch (error) {
        if (count === ATTEMPTS || error instanceof PolicyTooLargeError) throw error;
      }
    }
  };
}

/** The object has more than `MAX_POLICY_BYTES`. */
export class PolicyTooLargeError extends Error {
  override readonly name = 'PolicyTooLargeError';
}

/** The host of a bucket whose name has no dots, like those that CloudFormation generates. */
const formatBucketHost = (bucket: string, region: string): string =>
  `${bucket}.s3.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
