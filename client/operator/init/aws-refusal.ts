import { nameOfError, stepOf } from '../../../lambda/mwaa/connection-step.ts';
import { RENEW } from '../doctor/aws-credentials.ts';

/** What `mwaa init` asks AWS, each an action that IAM must allow. The last may be missing. */
export const ACTIONS = [
  'airflow:ListEnvironments',
  'airflow:GetEnvironment',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcEndpoints',
] as const;

/** How long one question may take. */
export const ANSWER_MS = 20_000;

const CREDENTIALS = `check that they are of this account and partition, that the region is switched on for it, and this machine's clock; or ${RENEW}`;

interface Kind {
  /** Names of AWS's errors. MWAA and EC2 have names of their own for the same. */
  readonly names: RegExp;
  readonly told: (says: string) => string;
}

const NOT_PERMITTED: Kind = {
  names: /^(AccessDenied(Exception)?|UnauthorizedOperation)$/,
  told: (says) =>
    `these credentials may not ask: ${says}\nNeeded are ${ACTIONS.join(', ')}. ` +
    'Or let somebody who has them save the answers: see "mwaa init --help".',
};

/**
 * Sources: https://docs.aws.amazon.com/mwaa/latest/API/CommonErrors.html and
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
const KINDS: readonly Kind[] = [
  NOT_PERMITTED,
  {
    names: /^(ExpiredToken(Exception)?|RequestExpired)$/,
    told: (says) => `the AWS credentials have expired (${says}): ${RENEW}.`,
  },
  {
    names:
      /^(UnrecognizedClientException|InvalidClientTokenId|AuthFailure|OptInRequired|MissingAuthenticationToken|(InvalidSignature|SignatureDoesNotMatch|IncompleteSignature)(Exception)?)$/,
    told: (says) => `AWS does not take these credentials (${says}): ${CREDENTIALS}.`,
  },
  {
    names: /^(Throttling(Exception)?|RequestLimitExceeded|TooManyRequestsException)$/,
    told: (says) => `AWS is asked too often (${says}). Wait a moment, then try again.`,
  },
  {
    names: /^ZodError$/,
    told: (says) => `what AWS answers cannot be read here. ${says}`,
  },
  {
    names: /^(AbortError|TimeoutError)$/,
    told: () => `AWS does not answer within ${ANSWER_MS / 1000} seconds: check the way out of this network.`,
  },
];

/** What is read of an error of the AWS SDK. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const isNotPermitted = (error: unknown): boolean => NOT_PERMITTED.names.test((error as Error).name);

/** An error of the AWS SDK as a sentence that says what to do. */
export function awsRefusal(error: unknown, region: string): string {
  const { name, message, $metadata } = error as SdkError;
  const says = `${name}: ${message}`;
  const kind = KINDS.find(({ names }) => names.test(name));
  if (kind) return kind.told(says);
  if ($metadata?.httpStatusCode !== undefined) return `AWS answered with an error in ${region}. ${says}`;
  if (stepOf(error) === 'name resolution') {
    return (
      `there is no MWAA in ${region}, or its name cannot be resolved here (${message}): check the region, and that this machine ` +
      'has a network and a name server.'
    );
  }
  return `AWS cannot be reached in ${region} (${nameOfError(error as Error)}: ${message}): check the way out of this network.`;
}
