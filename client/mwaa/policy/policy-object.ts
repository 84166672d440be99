import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InvalidPolicyError, readStoredPolicy, type StoredPolicy } from '../../../config/stored-policy.ts';
import type { AwsAccess } from '../../direct/aws-access.ts';
import { signRequest } from '../../library/sign-request.ts';
import { type Terminal, UsageError } from '../../terminal.ts';
import { AWS_TIMEOUT_MS } from '../init/describe-aws-error.ts';
import { type AwsScope, resolveAwsScope } from '../resolve-aws-scope.ts';
import { isPolicyAddress, type PolicyAddress, parsePolicyAddress } from './policy-address.ts';

export const sha256 = (text: string): string => hash('sha256', text);

/** The object, with what identifies its content in S3. */
export interface StoredObject {
  readonly etag: string;
  readonly text: string;
}

/** S3 rejects a request. The message says what to do. */
export class PolicyStoreError extends Error {
  override readonly name = 'PolicyStoreError';
  /** Somebody else has written the object since it was read. */
  readonly isConflict: boolean;
  constructor(message: string, isConflict = false, options?: ErrorOptions) {
    super(message, options);
    this.isConflict = isConflict;
  }
}

export interface PolicyStore {
  /** Undefined if there is no object. @throws PolicyStoreError */
  get(): Promise<StoredObject | undefined>;
  /**
   * Writes the object, if it still is the one that was read.
   *
   * @param replaced undefined: there was none
   * @throws PolicyStoreError
   */
  put(text: string, replaced: StoredObject | undefined): Promise<void>;
}

/** The variable AWS_ENDPOINT_URL_S3 replaces the address of S3, as for the AWS CLI. */
function connectPolicyStore(
  { bucket, key }: PolicyAddress,
  { region, credentials }: AwsAccess,
  variables: NodeJS.ProcessEnv,
): PolicyStore {
  const address = createObjectUrl(bucket, key, region, variables.AWS_ENDPOINT_URL_S3 || variables.AWS_ENDPOINT_URL);
  const send = async (method: 'GET' | 'PUT', body: string | undefined, headers: Record<string, string> = {}) => {
    const scope = { credentials, region, service: 's3', date: new Date() };
    const { host: _, ...signed } = signRequest({ method, address, headers, body }, scope);
    try {
      const response = await fetch(address, {
        method,
        headers: signed,
        redirect: 'manual',
        signal: AbortSignal.timeout(AWS_TIMEOUT_MS),
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (cause) {
      const { code = (cause as Error).message } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException;
      const advice =
        method === 'PUT'
          ? ' It is not known whether the policy was stored. Push again: an equal policy is not stored twice.'
          : '';
      throw new PolicyStoreError(`${address.host} cannot be reached (${code}).${advice}`, false, { cause });
    }
  };
  return {
    async get() {
      const { status, headers, text } = await send('GET', undefined);
      if (status === 404 && findCode(text) === 'NoSuchKey') return undefined;
      if (status !== 200) throw createError(status, text, headers, 's3:GetObject');
      return { etag: headers.get('etag') ?? '', text };
    },
    async put(text, replaced) {
      const condition: Record<string, string> =
        replaced === undefined ? { 'if-none-match': '*' } : { 'if-match': replaced.etag };
      const {
        status,
        headers,
        text: answer,
      } = await send('PUT', text, { 'content-type': 'application/json', ...condition });
      if (status === 200) return;
      // 409: S3 has two conditional writes at the same moment.
      if (status === 412 || status === 409)
        throw new PolicyStoreError(
          'somebody else has pushed a policy at the same time. Look at it, and push again.',
          true,
        );
      throw createError(status, answer, headers, 's3:PutObject');
    },
  };

  function createError(status: number, text: string, headers: Headers, action: string): PolicyStoreError {
    const code = findCode(text) ?? String(status);
    const bucketRegion = headers.get('x-amz-bucket-region');
    if (status === 301 || status === 307 || (status === 400 && bucketRegion !== null && bucketRegion !== region))
      return new PolicyStoreError(`the bucket ${bucket} is in ${bucketRegion ?? 'another region'}. Set --region.`);
    if (status === 404) return new PolicyStoreError(`there is no bucket ${bucket} (${code}).`);
    if (status === 403)
      return new PolicyStoreError(
        `S3 denies access (${code}). The role needs ${action} and s3:ListBucket on ${bucket}` +
          (action === 's3:PutObject' ? ', and must be one of the PolicyWriters of the stack.' : '.'),
      );
    return new PolicyStoreError(`S3 answered ${status} ${code}.`);
  }
}

const findCode = (text: string): string | undefined => /<Code>(\w+)<\/Code>/.exec(text)?.[1];

function createObjectUrl(bucket: string, key: string, region: string, endpoint: string | undefined): URL {
  if (endpoint) return new URL(`${endpoint.replace(/\/$/, '')}/${bucket}/${key}`);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(`https://${bucket}.s3.${region}.${suffix}/${key}`);
}

/**
 * Connects to the bucket of an address with the caller's credentials.
 *
 * @throws UsageError, PolicyStoreError
 */
export async function openPolicyStore(
  address: string,
  scope: AwsScope,
  { environment }: Terminal,
): Promise<PolicyStore> {
  const parsed = parsePolicyAddress(address);
  const access = await resolveAwsScope(scope, environment).catch((cause: Error) => {
    throw new PolicyStoreError(cause.message, false, { cause });
  });
  return connectPolicyStore(parsed, access, environment);
}

/** @throws InvalidPolicyError */
export const readPolicyObject = ({ text }: StoredObject): StoredPolicy => readStoredPolicy(text, sha256);

/**
 * Fetches the stored policy of an address, or reads a copy of an object from a file.
 *
 * @throws UsageError; PolicyStoreError if there is no valid one
 */
export async function fetchStoredPolicy(
  address: string,
  scope: AwsScope,
  terminal: Terminal,
): Promise<{ readonly object: StoredObject; readonly policy: StoredPolicy }> {
  const object = isPolicyAddress(address)
    ? await (await openPolicyStore(address, scope, terminal)).get()
    : { etag: '', text: readCopy(address) };
  if (object === undefined) throw new PolicyStoreError('no policy is stored, so nothing is granted.');
  try {
    return { object, policy: readPolicyObject(object) };
  } catch (cause) {
    if (!(cause instanceof InvalidPolicyError)) throw cause;
    throw new PolicyStoreError(`what is stored is no valid policy: ${cause.message}.`, false, { cause });
  }
}

/** @throws UsageError */
function readCopy(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
}
