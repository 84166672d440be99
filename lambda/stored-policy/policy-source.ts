import { hash } from 'node:crypto';
import {
  InvalidPolicyError,
  readStoredPolicy,
  requirePolicyFor,
  type StoredPolicy,
} from '../../config/stored-policy.ts';
import { Problem } from '../../contract/problem.ts';
import { POLICY_CACHE_SECONDS } from '../../contract/stored-policy.ts';
import { type FetchPolicyObject, type PolicyObject, PolicyTooLargeError } from './fetch-policy-object.ts';

/** Reads the stored policy. A caller gets one policy as a whole, and decides by it. */
export interface PolicySource {
  /**
   * Returns what was read less than `POLICY_CACHE_SECONDS` ago, or else reads it.
   *
   * @throws Problem `policy-unavailable` if it cannot be read or is not valid: then nothing is granted
   */
  load(): Promise<StoredPolicy>;
  /** Reads it in any case. */
  reload(): Promise<StoredPolicy>;
}

export interface PolicySourceOptions {
  readonly fetchObject: FetchPolicyObject;
  readonly environment: string;
  readonly release: string;
  /** Who reads it, as in messages: `front` or `relay`. */
  readonly reader: keyof typeof NETWORK_REMEDIES;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface ReadPolicy {
  readonly policy: StoredPolicy;
  readonly etag: string | undefined;
  /** When its last reading began. A change after that may be missing in it. */
  readonly readAt: number;
}

/** What the owner checks if S3 cannot be reached. */
const NETWORK_REMEDIES = {
  front: 'Owner: see whether S3 has an incident.',
  relay:
    'Owner: the route tables of the subnets need the gateway endpoint for S3, and the parameter S3PrefixList must be the prefix list ' +
    'com.amazonaws.REGION.s3.',
} as const;

export function createPolicySource({
  fetchObject,
  environment,
  release,
  reader,
  now,
}: PolicySourceOptions): PolicySource {
  let latest: ReadPolicy | undefined;
  const unavailable = (reason: string, remedy: string, options: { retry?: true; cause?: unknown } = {}) =>
    new Problem(
      'policy-unavailable',
      `The ${reader} has no valid policy, so it grants nothing: ${reason}. Nothing was run. ${remedy}`,
      { ...(options.retry && { retryAfterSeconds: 5 }) },
      { cause: options.cause },
    );
  const fetch = async (etag: string | undefined): Promise<PolicyObject> => {
    try {
      return await fetchObject(etag);
    } catch (cause) {
      if (cause instanceof PolicyTooLargeError)
        throw unavailable('the stored policy is too large', 'Owner: push it with mwaa policy push.', { cause });
      const { code, name, message } = cause as NodeJS.ErrnoException;
      const reason = name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : (code ?? message);
      throw unavailable(`S3 cannot be reached (${reason})`, NETWORK_REMEDIES[reader], { retry: true, cause });
    }
  };
  const parse = (text: string): StoredPolicy => {
    try {
      const policy = readStoredPolicy(text, (content) => hash('sha256', content));
      requirePolicyFor(policy, { environment, release });
      return policy;
    } catch (cause) {
      if (!(cause instanceof InvalidPolicyError)) throw cause;
      throw unavailable(
        `the stored policy is not valid: ${cause.message}`,
        'Owner: push the right one with mwaa policy push.',
        { cause },
      );
    }
  };
  const reload = async (): Promise<StoredPolicy> => {
    const readAt = now();
    const known = latest;
    // Until S3 has answered, nothing is known. A failure must not leave an old policy that looks fresh.
    latest = known && { ...known, readAt: Number.NEGATIVE_INFINITY };
    const { status, etag, text } = await fetch(known?.etag);
    if (status === 304 && known !== undefined) {
      latest = { ...known, readAt };
      return known.policy;
    }
    if (status !== 200) {
      latest = undefined;
      throw createStatusProblem(status, text, unavailable);
    }
    latest = undefined;
    const policy = parse(text);
    latest = { policy, etag, readAt };
    return policy;
  };
  return {
    async load() {
      const age = latest === undefined ? Number.NaN : now() - latest.readAt;
      // A clock that was set back must not keep a policy.
      return latest !== undefined && age >= 0 && age < POLICY_CACHE_SECONDS * 1000 ? latest.policy : reload();
    },
    reload,
  };
}

/** S3's code is in the XML of its errors: `<Code>NoSuchKey</Code>`. */
function createStatusProblem(
  status: number,
  text: string,
  unavailable: (reason: string, remedy: string, options?: { retry?: true }) => Problem,
): Problem {
  const [, code = ''] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
  if (status === 404 && code === 'NoSuchKey')
    return unavailable('no policy is stored', 'Owner: store one with mwaa policy push.');
  const shown = code === '' ? String(status) : `${status} ${code}`;
  if (status === 403)
    return unavailable(
      `S3 denies access to it (${shown})`,
      'Owner: check the policy of the bucket, of its KMS key, and of the gateway endpoint for S3.',
    );
  const isTransient = status === 429 || status >= 500;
  return unavailable(
    `S3 answered ${shown}`,
    isTransient ? 'Send the request again.' : 'Owner: check that the bucket of the stack exists.',
    isTransient ? { retry: true } : {},
  );
}
