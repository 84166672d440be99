import { connectionStepFromError, getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import { RENEW_CREDENTIALS_REMEDY } from '../check-credentials.ts';

/** What `mwaa init` asks AWS, each an action that IAM must allow. The last may be missing. */
export const INIT_ACTIONS = [
  'airflow:ListEnvironments',
  'airflow:GetEnvironment',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcEndpoints',
] as const;

/** How long one question may take. */
export const AWS_TIMEOUT_MS = 20_000;

const CHECK_CREDENTIALS_REMEDY = `check that they are of this account and partition, that the region is switched on for it, and this machine's clock; or ${RENEW_CREDENTIALS_REMEDY}`;

interface AwsErrorKind {
  /** Names of AWS's errors. MWAA and EC2 have names of their own for the same. */
  readonly names: RegExp;
  readonly describe: (says: string) => string;
}

const ACCESS_DENIED: AwsErrorKind = {
  names: /^(AccessDenied(Exception)?|UnauthorizedOperation)$/,
  describe: (says) =>
    `these credentials may not ask: ${says}\nNeeded are ${INIT_ACTIONS.join(', ')}. ` +
    'Or let somebody who has them save the answers: see "mwaa init --help".',
};

/**
 * Sources: https://docs.aws.amazon.com/mwaa/latest/API/CommonErrors.html and
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
const AWS_ERROR_KINDS: readonly AwsErrorKind[] = [
  ACCESS_DENIED,
  {
    names: /^(ExpiredToken(Exception)?|RequestExpired)$/,
    describe: (says) => `the AWS credentials have expired (${says}): ${RENEW_CREDENTIALS_REMEDY}.`,
  },
  {
    names:
      /^(UnrecognizedClientException|InvalidClientTokenId|AuthFailure|OptInRequired|MissingAuthenticationToken|(InvalidSignature|SignatureDoesNotMatch|IncompleteSignature)(Exception)?)$/,
    describe: (says) => `AWS does not take these credentials (${says}): ${CHECK_CREDENTIALS_REMEDY}.`,
  },
  {
    names: /^(Throttling(Exception)?|RequestLimitExceeded|TooManyRequestsException)$/,
    describe: (says) => `AWS is asked too often (${says}). Wait a moment, then try again.`,
  },
  {
    names: /^ZodError$/,
    describe: (says) => `what AWS answers cannot be read here. ${says}`,
  },
  {
    names: /^(AbortError|TimeoutError)$/,
    describe: () => `AWS does not answer within ${AWS_TIMEOUT_MS / 1000} seconds: check the way out of this network.`,
  },
];

/** What is read of an error of the AWS SDK. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const isAccessDenied = (error: unknown): boolean => ACCESS_DENIED.names.test((error as Error).name);

/** An error of the AWS SDK as a sentence that says what to do. */
export function describeAwsError(error: unknown, region: string): string {
  const { name, message, $metadata } = error as SdkError;
  const says = `${name}: ${message}`;
  const kind = AWS_ERROR_KINDS.find(({ names }) => names.test(name));
  if (kind) return kind.describe(says);
  if ($metadata?.httpStatusCode !== undefined) return `AWS answered with an error in ${region}. ${says}`;
  if (connectionStepFromError(error) === 'name resolution') {
    return (
      `there is no MWAA in ${region}, or its name cannot be resolved here (${message}): check the region, and that this machine ` +
      'has a network and a name server.'
    );
  }
  return `AWS cannot be reached in ${region} (${getErrorCode(error as Error)}: ${message}): check the way out of this network.`;
}
