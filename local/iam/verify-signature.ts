/**
 * Verifies Signature Version 4 as AWS does: recalculates the signature from the received request and the stored secret, and
 * compares it with the one in the request.
 *
 * Documented (IAM User Guide, "Signature Version 4 for API requests"; API Gateway, gateway response types): the format of
 * the `Authorization` header, which headers must be signed, the canonical request, five minutes of clock skew, and the error
 * codes. Assumed: the wording of the messages (shorter than AWS's), the order in which errors are detected, and that `+` in a
 * query means a space. Query-string signing (presigned URLs) is not supported: such a request counts as unsigned.
 *
 * S3 differs (documented: Amazon S3, "Authenticating requests"): a path is encoded once, and `x-amz-content-sha256` may say that the
 * body is not signed, or that its chunks are, which are not verified here.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { createScope, getCanonicalHeaders, SignatureV4 } from '@smithy/signature-v4';
import type { Principal, PrincipalStore } from './principal-store.ts';

/** A request as received. */
export interface SignedRequest {
  method: string;
  /** Percent-encoded as sent, with the leading slash and without the query. */
  rawPath: string;
  /** Without the question mark. Empty if the request has no query. */
  rawQuery: string;
  /** Names in any case. Repeated headers are arrays. */
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** The service and region that a signature must be scoped to, and where to find the signer's secret. */
export interface VerifySignatureOptions {
  service: string;
  region: string;
  principals: PrincipalStore;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Why a signature is rejected: the values of AWS's `x-amzn-ErrorType`. */
export type SignatureErrorCode =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'UnrecognizedClientException'
  | 'ExpiredTokenException';

export type SignatureVerification =
  | { ok: true; principal: Principal }
  | { ok: false; code: SignatureErrorCode; status: 403; message: string };

const ALGORITHM = 'AWS4-HMAC-SHA256';
const UNSIGNED_BODY = /^(?:UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/;
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/** Returns the principal that signed the request, or why the signature is rejected. Does not throw, whatever a caller sends. */
export async function verifySignature(
  request: SignedRequest,
  options: VerifySignatureOptions,
): Promise<SignatureVerification> {
  const headers = lowerCaseNames(request.headers);
  const authorization = headers.get('authorization');
  if (authorization === undefined || authorization.trim() === '') {
    return rejectSignature('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const parts = parseAuthorizationHeader(authorization);
  if ('error' in parts) return rejectSignature('IncompleteSignatureException', parts.error);

  const timestamp = headers.get('x-amz-date') ?? headers.get('date');
  const signedAt = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  if (timestamp === undefined || signedAt === undefined) {
    return rejectSignature(
      'IncompleteSignatureException',
      "Authorization requires a valid 'X-Amz-Date' or 'Date' header.",
    );
  }
  const unsigned = ['host', ...[...headers.keys()].filter((name) => name.startsWith('x-amz-'))].find(
    (name) => !parts.signedHeaders.includes(name),
  );
  if (unsigned !== undefined) {
    return rejectSignature('InvalidSignatureException', `'${unsigned}' must be a signed header in the Authorization.`);
  }
  const missing = parts.signedHeaders.find((name) => !headers.has(name));
  if (missing !== undefined) {
    return rejectSignature('InvalidSignatureException', `'${missing}' is listed as signed but is not in the request.`);
  }

  const principal = options.principals.findByAccessKey(parts.accessKeyId);
  const token = headers.get('x-amz-security-token');
  if (principal === undefined || !equalsConstantTime(token ?? '', principal.sessionToken ?? '')) {
    return rejectSignature('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const now = options.now();
  if (principal.expiresAt !== undefined && principal.expiresAt <= now) {
    return rejectSignature('ExpiredTokenException', 'The security token included in the request is expired');
  }

  const scopeError = findScopeError(parts, signedAt, options);
  if (scopeError !== undefined) return rejectSignature('InvalidSignatureException', scopeError);
  if (signedAt.getTime() < now - MAX_CLOCK_SKEW_MS) {
    return rejectSignature('InvalidSignatureException', `Signature expired: ${timestamp} is more than 5 min. ago.`);
  }
  if (signedAt.getTime() > now + MAX_CLOCK_SKEW_MS) {
    return rejectSignature(
      'InvalidSignatureException',
      `Signature not yet current: ${timestamp} is more than 5 min. ahead.`,
    );
  }

  const claimedHash = headers.get('x-amz-content-sha256');
  const isUnsigned = options.service === 's3' && claimedHash !== undefined && UNSIGNED_BODY.test(claimedHash);
  const bodyHash = isUnsigned ? claimedHash : createHash('sha256').update(request.body).digest('hex');
  const expected = await calculateSignature(
    request,
    headers,
    parts.signedHeaders,
    bodyHash,
    signedAt,
    principal,
    options,
  );
  if ((claimedHash !== undefined && claimedHash !== bodyHash) || !equalsConstantTime(parts.signature, expected)) {
    return rejectSignature('InvalidSignatureException', 'The signature does not match the request.');
  }
  return { ok: true, principal };
}

function rejectSignature(code: SignatureErrorCode, message: string): SignatureVerification {
  return { ok: false, code, status: 403, message };
}

interface AuthorizationHeader {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

function parseAuthorizationHeader(text: string): AuthorizationHeader | { error: string } {
  const [algorithm, ...rest] = text.trim().split(/\s+/);
  if (algorithm !== ALGORITHM) return { error: `Unsupported AWS 'algorithm': '${algorithm}'.` };
  const fields = new Map<string, string>();
  for (const field of rest.join(' ').split(',')) {
    const [, name, value] = /^\s*(\w+)=(.*?)\s*$/.exec(field) ?? [];
    if (name === undefined || value === undefined) return { error: `'${field.trim()}' not a key=value pair.` };
    if (fields.has(name)) return { error: `Authorization contains '${name}' twice.` };
    fields.set(name, value);
  }
  for (const name of ['Credential', 'SignedHeaders', 'Signature']) {
    if (!fields.get(name)) return { error: `Authorization requires '${name}' parameter.` };
  }
  const [accessKeyId, date, region, service, terminator, ...more] = (fields.get('Credential') ?? '').split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || more.length > 0) {
    return { error: 'Credential must have 5 slash-delimited elements, ending in aws4_request.' };
  }
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: (fields.get('SignedHeaders') ?? '').toLowerCase().split(';'),
    signature: fields.get('Signature') ?? '',
  };
}

function findScopeError(
  parts: AuthorizationHeader,
  signedAt: Date,
  { region, service }: VerifySignatureOptions,
): string | undefined {
  const scopeDate = formatTimestamp(signedAt).slice(0, 8);
  if (parts.date !== scopeDate) return `Date in Credential scope does not match ${scopeDate} from the request's date.`;
  if (parts.region !== region) return `Credential should be scoped to a valid region, not '${parts.region}'.`;
  if (parts.service !== service) return `Credential should be scoped to correct service: '${service}'.`;
  return undefined;
}

/** The library's signing steps, but with exactly the headers that were signed and the date that was sent. */
class SignatureRecalculation extends SignatureV4 {
  stringToSign(request: HttpRequest, bodyHash: string, signedAt: Date, scope: string): Promise<string> {
    const canonical = getCanonicalHeaders(request, undefined, new Set(Object.keys(request.headers)));
    return this.createStringToSign(
      formatTimestamp(signedAt),
      scope,
      this.createCanonicalRequest(request, canonical, bodyHash),
      ALGORITHM,
    );
  }
}

async function calculateSignature(
  request: SignedRequest,
  headers: Map<string, string>,
  signedHeaders: string[],
  bodyHash: string,
  signedAt: Date,
  principal: Principal,
  { region, service }: VerifySignatureOptions,
): Promise<string> {
  const signer = new SignatureRecalculation({
    service,
    region,
    credentials: principal,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const signed = new HttpRequest({
    method: request.method,
    path: request.rawPath,
    query: parseQuery(request.rawQuery),
    headers: Object.fromEntries(signedHeaders.map((name) => [name, headers.get(name) ?? ''])),
  });
  const scope = createScope(formatTimestamp(signedAt).slice(0, 8), region, service);
  const stringToSign = await signer.stringToSign(signed, bodyHash, signedAt, scope);
  return signer.sign(stringToSign, { signingDate: signedAt });
}

function lowerCaseNames(headers: SignedRequest['headers']): Map<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(',') : value] as const],
    ),
  );
}

function parseQuery(rawQuery: string): Record<string, string[]> {
  const query = new URLSearchParams(rawQuery);
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

const formatTimestamp = (date: Date) => date.toISOString().replace(/[-:]|\.\d{3}/g, '');

function parseTimestamp(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const date = new Date(year === undefined ? text : `${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Compares two texts in constant time, which does not reveal where they differ. */
function equalsConstantTime(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
