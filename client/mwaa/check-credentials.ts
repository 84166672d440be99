import { raceAbort, withTimeout } from '../../mwaa/connection/with-timeout.ts';
import type { CredentialSource, Credentials } from '../library/credentials.ts';

/** The chain of the AWS SDK asks services that may not be there. */
const PROVIDER_CHAIN_TIMEOUT_MS = 20_000;

/** As the SDK gives them: with their end, where it is known. */
type ExpiringCredentials = Credentials & { readonly expiration?: Date };

interface CredentialCheck {
  fails(credentials: ExpiringCredentials, now: number): boolean;
  remedy(credentials: ExpiringCredentials, now: number): string;
}

const CREDENTIAL_CHECKS: readonly CredentialCheck[] = [
  {
    fails: ({ accessKeyId, secretAccessKey, sessionToken = '' }) =>
      [accessKeyId, secretAccessKey, sessionToken].some((text) => /[\s"']/.test(text)),
    remedy: () => 'have quotes or spaces in them: copy them again, without',
  },
  {
    fails: ({ accessKeyId, sessionToken }) => accessKeyId.startsWith('ASIA') && !sessionToken,
    remedy: () => 'are temporary (ASIA…) and have no session token: set AWS_SESSION_TOKEN beside the two keys',
  },
  {
    fails: ({ accessKeyId, sessionToken }) => accessKeyId.startsWith('AKIA') && Boolean(sessionToken),
    remedy: () => "are a user's own (AKIA…) and come with a session token of others: unset AWS_SESSION_TOKEN",
  },
  {
    fails: ({ expiration }, now) => expiration !== undefined && expiration.getTime() <= now,
    remedy: ({ expiration }) => `expired at ${expiration?.toISOString()}: ${RENEW_CREDENTIALS_REMEDY}`,
  },
];

export const RENEW_CREDENTIALS_REMEDY = 'get new ones (aws sso login, or however you got these)';

/**
 * Gets the credentials, and checks what can be seen of them.
 *
 * @param now milliseconds since the epoch, by the clock of those who will check them
 * @throws Error that says what to change
 */
export async function checkCredentials(
  source: CredentialSource,
  environment: NodeJS.ProcessEnv,
  now: () => number,
  signal: AbortSignal,
): Promise<ExpiringCredentials> {
  const found: ExpiringCredentials =
    typeof source !== 'function'
      ? source
      : await withTimeout(PROVIDER_CHAIN_TIMEOUT_MS, signal, (limit) => raceAbort(source(), limit)).catch(
          (cause: Error) => {
            throw new Error(`${describeMissingCredentials(environment)} The AWS SDK says: ${cause.message}`, { cause });
          },
        );
  const failed = CREDENTIAL_CHECKS.find(({ fails }) => fails(found, now()));
  if (failed)
    throw new Error(`The AWS credentials (${describeCredentials(source, found)}) ${failed.remedy(found, now())}.`);
  return found;
}

/** Which credentials these are. Of a key no more is shown than AWS's own tools show. */
export const describeCredentials = (source: CredentialSource, { accessKeyId }: Credentials): string => {
  const where = typeof source === 'function' ? "found by the AWS SDK's chain" : 'from AWS_ACCESS_KEY_ID';
  return `access key …${accessKeyId.slice(-4)}, ${where}`;
};

function describeMissingCredentials({
  AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY,
  AWS_PROFILE,
}: NodeJS.ProcessEnv): string {
  if (AWS_PROFILE)
    return `The profile ${AWS_PROFILE} (AWS_PROFILE) gives no AWS credentials: log in to it (aws sso login), or mend it.`;
  const half = [
    ['AWS_ACCESS_KEY_ID', AWS_ACCESS_KEY_ID],
    ['AWS_SECRET_ACCESS_KEY', AWS_SECRET_ACCESS_KEY],
  ].filter(([, value]) => !value);
  if (half.length === 1) return `${half[0]?.[0]} is missing beside the other key: set both.`;
  return 'There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (aws sso login).';
}
