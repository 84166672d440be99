import { createHmac, hash } from 'node:crypto';
import type { Credentials } from './credentials.ts';

export interface UnsignedRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly address: URL;
  /** Sent and signed as they are. The names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface SigningScope {
  readonly credentials: Credentials;
  readonly region: string;
  /** The signing name of the service. */
  readonly service: string;
  readonly date: Date;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Returns the headers of a request with a signature of Signature Version 4 (IAM User Guide, "Create a signed AWS API request"), for every
 * service. Amazon S3 reads paths differently, so its paths must have only characters that are not encoded. A test compares them with those of the signer of the AWS SDK, which takes
 * longer to load than to sign.
 */
export function signRequest(
  { method, address, headers, body = '' }: UnsignedRequest,
  { credentials, region, service, date }: SigningScope,
): Record<string, string> {
  const time = date.toISOString().replace(/\.\d+|[:-]/g, '');
  const day = time.slice(0, 8);
  const bodyHash = hash('sha256', body);
  const signed: Record<string, string> = {
    ...headers,
    host: address.host,
    'x-amz-date': time,
    'x-amz-content-sha256': bodyHash,
    ...(credentials.sessionToken ? { 'x-amz-security-token': credentials.sessionToken } : {}),
  };
  const names = Object.keys(signed).sort();
  const canonicalRequest = [
    method,
    formatPath(address),
    formatQuery(address),
    ...names.map((name) => `${name}:${signed[name]!.trim().replace(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (parent, text) => createHmac('sha256', parent).update(text).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key)
    .update([ALGORITHM, time, scope, hash('sha256', canonicalRequest)].join('\n'))
    .digest('hex');
  return {
    ...signed,
    authorization: `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

/** The path of a URL is encoded already, and is encoded once more. Empty segments are left out, except at the end. */
function formatPath({ pathname }: URL): string {
  const path = pathname.replace(/\/+/g, '/');
  return path.split('/').map(encode).join('/');
}

const formatQuery = ({ searchParams }: URL): string =>
  [...searchParams]
    .map((pair) => pair.map(encode))
    .sort(([a, x], [b, y]) => compareText(a!, b!) || compareText(x!, y!))
    .map((pair) => pair.join('='))
    .join('&');

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Encodes all characters except those that RFC 3986 calls unreserved. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
