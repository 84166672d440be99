import { connectionStepFromError, getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import { RENEW_CREDENTIALS_REMEDY } from '../check-credentials.ts';

/** The IAM actions that `mwaa init` needs. */
export const INIT_ACTIONS = ['airflow:ListEnvironments', 'airflow:GetEnvironment', 'ec2:DescribeSubnets'] as const;

/** The IAM actions without which comments take the place of some values. The last is allowed on `/account`. */
export const OPTIONAL_INIT_ACTIONS = [
  'ec2:DescribeVpcEndpoints',
  'lambda:GetAccountSettings',
  'apigateway:GET',
] as const;

/** The timeout of one request to AWS. */
export const AWS_TIMEOUT_MS = 20_000;

const CHECK_CREDENTIALS_REMEDY =
  'check that they are for this account and partition, that the region is enabled for the account, and that the clock of this ' +
  `machine is right; or ${RENEW_CREDENTIALS_REMEDY}`;

const CHECK_NETWORK_REMEDY = 'check the outbound connectivity of this network';

interface AwsErrorKind {
  /** Matches the error names of both MWAA and EC2. */
  readonly names: RegExp;
  readonly describe: (error: string) => string;
}

const ACCESS_DENIED: AwsErrorKind = {
  names: /^(AccessDenied(Exception)?|UnauthorizedOperation)$/,
  describe: (error) =>
    `these credentials lack a permission: ${error}\nRequired permissions: ${INIT_ACTIONS.join(', ')}. ` +
    'Or ask somebody who has them to save the output of the AWS CLI: see "mwaa init --help".',
};

/**
 * Sources: https://docs.aws.amazon.com/mwaa/latest/API/CommonErrors.html and
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
const AWS_ERROR_KINDS: readonly AwsErrorKind[] = [
  ACCESS_DENIED,
  {
    names: /^(ExpiredToken(Exception)?|RequestExpired)$/,
    describe: (error) => `the AWS credentials have expired (${error}): ${RENEW_CREDENTIALS_REMEDY}.`,
  },
  {
    names:
      /^(UnrecognizedClientException|InvalidClientTokenId|AuthFailure|OptInRequired|MissingAuthenticationToken|(InvalidSignature|SignatureDoesNotMatch|IncompleteSignature)(Exception)?)$/,
    describe: (error) => `AWS rejects these credentials (${error}): ${CHECK_CREDENTIALS_REMEDY}.`,
  },
  {
    names: /^(Throttling(Exception)?|RequestLimitExceeded|TooManyRequestsException)$/,
    describe: (error) => `AWS is throttling the requests (${error}). Wait a moment, then try again.`,
  },
  {
    names: /^ZodError$/,
    describe: (error) => `the response of AWS has an unexpected format. ${error}`,
  },
  {
    names: /^(AbortError|TimeoutError)$/,
    describe: () => `AWS did not respond within ${AWS_TIMEOUT_MS / 1000} seconds: ${CHECK_NETWORK_REMEDY}.`,
  },
];

/** The member of the AWS SDK's errors that tells whether there was a response. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const isAccessDenied = (error: unknown): boolean => ACCESS_DENIED.names.test((error as Error).name);

/** The message and the remedy for an error of the AWS SDK. */
export function describeAwsError(error: unknown, region: string): string {
  const { name, message, $metadata } = error as SdkError;
  const text = `${name}: ${message}`;
  const kind = AWS_ERROR_KINDS.find(({ names }) => names.test(name));
  if (kind) return kind.describe(text);
  if ($metadata?.httpStatusCode !== undefined) return `AWS returned an error in ${region}. ${text}`;
  if (connectionStepFromError(error) === 'name resolution') {
    return (
      `MWAA does not exist in ${region}, or its name cannot be resolved (${message}): check the region, and the network connection and ` +
      'DNS settings of this machine.'
    );
  }
  return `AWS cannot be reached in ${region} (${getErrorCode(error as Error)}: ${message}): ${CHECK_NETWORK_REMEDY}.`;
}
