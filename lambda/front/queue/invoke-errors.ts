import type { WaitReason } from './slot-backoff.ts';

/** What an error of `Invoke` means for the request. */
export type InvokeErrorMeaning =
  /** The relay was not started. Trying again helps, soon or later. */
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly detail: string }
  /** The relay was not started. Someone has to change something. */
  | { readonly kind: 'not-started'; readonly detail: string }
  /** The relay may have been started. */
  | { readonly kind: 'possibly-started' };

/** An error of `Invoke`, as Lambda reports it. */
export interface InvokeError {
  readonly name: string;
  readonly status: number;
  /** `Reason` of a `TooManyRequestsException`. */
  readonly reason?: string | undefined;
}

const ASK = 'Ask the operators of the proxy to';
const REPEAT = 'Send the request again in a minute. If the problem persists, ask the operators of the proxy to';

const waits = (reason: WaitReason, detail: string): InvokeErrorMeaning => ({ kind: 'wait', reason, detail });
const notStarted = (detail: string): InvokeErrorMeaning => ({ kind: 'not-started', detail });
const POSSIBLY_STARTED: InvokeErrorMeaning = { kind: 'possibly-started' };

const SLOTS_TAKEN = waits('slot', 'All slots of the environment are taken.');
const RATE_EXCEEDED = waits('rate', 'Too many requests are waiting for a slot of the environment.');

const preparing = (detail: string) =>
  waits(
    'slow',
    `${detail} This takes up to two minutes. Send the request again. If the problem persists, ask the operators of the proxy to ` +
      "look up the relay's State and StateReason in Lambda.",
  );
const kms = (problem: string) =>
  notStarted(
    `Lambda cannot decrypt the environment variables of the relay: ${problem}. ${ASK} check the key and its policy.`,
  );
const vpc = (problem: string) =>
  notStarted(`${problem} ${ASK} check the network settings of the environment, and to deploy again.`);
const deployment = (problem: string) => notStarted(`${problem} ${ASK} deploy the proxy again.`);
/** A feature of Lambda that a relay does not have unless someone changed the function. */
const foreign = (feature: string) =>
  notStarted(`Lambda could not prepare ${feature}, which a relay does not use. ${ASK} deploy the proxy again.`);
const notPermitted = notStarted(
  "The front is not allowed to invoke the relay. Ask the operators of the proxy to check the policies of the front's role, the " +
    'resource policy of the relay, and the service control policies of the account.',
);
const credentials = notStarted(
  `Lambda rejects the credentials of the front. ${REPEAT} check that the front's role still exists and that the region is enabled ` +
    'for the account.',
);
const tooLarge = notStarted(
  'The request is too large for Lambda, which accepts 6 MB. Shorten it, for example the conf of a run.',
);

/** Limits that a 429 can name, by `Reason`. All of them apply before the function is started. */
export const THROTTLE_MEANINGS: Readonly<Record<string, InvokeErrorMeaning>> = {
  ReservedFunctionConcurrentInvocationLimitExceeded: SLOTS_TAKEN,
  ReservedFunctionInvocationRateLimitExceeded: RATE_EXCEEDED,
  FunctionInvocationRateLimitExceeded: RATE_EXCEEDED,
  CallerRateLimitExceeded: RATE_EXCEEDED,
  ConcurrentInvocationLimitExceeded: waits(
    'slow',
    `The functions of the AWS account use all of its concurrency. ${REPEAT} raise Lambda's quota "Concurrent executions", or to ` +
      'reserve slots for the environment (concurrency).',
  ),
  ConcurrentSnapshotCreateLimitExceeded: waits(
    'slow',
    `Lambda limits how many snapshots of functions it creates at the same time in the AWS account. ${REPEAT} turn SnapStart off ` +
      'for the relay.',
  ),
};

/**
 * Every error that `Invoke` can return: those in the SDK's model, and the common ones that every AWS API can return. Lambda says that
 * "error codes are reserved for errors that prevent your function from executing", but promises it for no single one. An error is
 * here as not started if its description rules out that the handler ran.
 * Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const INVOKE_ERROR_MEANINGS: Readonly<Record<string, InvokeErrorMeaning>> = {
  // Slots and rates. The reason of a 429 decides; one that is not known is treated as a rate.
  TooManyRequestsException: RATE_EXCEEDED,
  ThrottlingException: RATE_EXCEEDED,
  Throttling: RATE_EXCEEDED,
  ThrottledException: RATE_EXCEEDED,
  RequestThrottled: RATE_EXCEEDED,
  RequestThrottledException: RATE_EXCEEDED,
  RequestLimitExceeded: RATE_EXCEEDED,
  SlowDown: RATE_EXCEEDED,

  // Not ready yet. A function that was idle for 14 days loses its network interfaces, and the next request restores them.
  CodeArtifactUserPendingException: preparing('Lambda is preparing the relay.'),
  CodeArtifactUserDeletedException: preparing('Lambda is preparing the relay.'),
  ResourceConflictException: preparing('Lambda is creating or updating the relay.'),
  ResourceNotReadyException: preparing("Lambda is restoring the relay's connection to its VPC."),
  ENINotReadyException: preparing("Lambda is creating the relay's network interface."),
  EC2ThrottledException: preparing("Amazon EC2 throttles the creation of the relay's network interface."),
  SnapStartNotReadyException: preparing('Lambda is preparing the relay.'),

  // The network of the relay
  SubnetIPAddressLimitReachedException: notStarted(
    `A subnet of the relay has no free IP addresses. ${ASK} free addresses, or to configure larger subnets for the environment.`,
  ),
  ENILimitReachedException: notStarted(
    "The functions in the VPC use all network interfaces that Lambda's quota allows. Ask the operators of the proxy to raise the " +
      'quota "Elastic network interfaces per VPC", or to delete unused functions of the VPC.',
  ),
  InvalidSecurityGroupIDException: vpc('A security group of the relay does not exist.'),
  InvalidSubnetIDException: vpc('A subnet of the relay does not exist.'),
  EC2AccessDeniedException: notStarted(
    "The relay's role is not allowed to create network interfaces. Ask the operators of the proxy to check the policies of that " +
      'role and the service control policies of the account.',
  ),
  EC2UnexpectedException: notStarted(
    `Amazon EC2 failed unexpectedly when Lambda connected the relay to its VPC. ${REPEAT} check the network settings of the ` +
      'environment.',
  ),

  // The key of the environment variables
  KMSAccessDeniedException: kms('access to the KMS key is denied'),
  KMSDisabledException: kms('the KMS key is disabled'),
  KMSInvalidStateException: kms('the KMS key is not in a valid state'),
  KMSNotFoundException: kms('the KMS key does not exist'),

  // The function
  ResourceNotFoundException: notStarted(
    `The relay of the environment does not exist. ${ASK} check whether a deployment failed or still runs.`,
  ),
  CodeArtifactUserFailedException: deployment('Lambda could not prepare the relay.'),
  InvalidZipFileException: deployment("Lambda cannot unpack the relay's code."),
  InvalidRuntimeException: deployment('Lambda does not support the runtime of the relay.'),
  RuntimeAliasDeletedException: deployment('The runtime version of the relay was deleted.'),
  RuntimeVersionDeletedException: deployment('The runtime version of the relay was deleted.'),
  NoPublishedVersionException: deployment('The relay has no published version.'),
  ModeNotSupportedException: deployment('The relay does not accept synchronous invocations.'),
  RecursiveInvocationException: notStarted(
    'Lambda stopped the request because it detected a loop of functions that call each other. Do not call the API from code that ' +
      `the request triggers. ${ASK} check the integrations of the API.`,
  ),
  ServiceQuotaExceededException: notStarted(
    `The request exceeds a quota of Lambda. ${ASK} check Lambda's quotas in the account and region.`,
  ),

  // The request
  InvalidParameterValueException: deployment('Lambda rejects a parameter of the request to the relay.'),
  InvalidRequestContentException: deployment('Lambda rejects the content of the request to the relay.'),
  UnsupportedMediaTypeException: deployment('Lambda rejects the content type of the request to the relay.'),
  RequestTooLargeException: tooLarge,
  RequestEntityTooLargeException: tooLarge,
  SerializedRequestEntityTooLargeException: tooLarge,

  // Permissions and credentials
  AccessDeniedException: notPermitted,
  AccessDenied: notPermitted,
  NotAuthorized: notPermitted,
  UnrecognizedClientException: credentials,
  InvalidClientTokenId: credentials,
  ExpiredTokenException: credentials,
  ExpiredToken: credentials,
  IncompleteSignature: credentials,
  IncompleteSignatureException: credentials,
  InvalidSignatureException: credentials,
  SignatureDoesNotMatch: credentials,
  MissingAuthenticationToken: credentials,
  MissingAuthenticationTokenException: credentials,
  OptInRequired: credentials,
  RequestExpired: credentials,
  RequestTimeTooSkewed: credentials,

  // Features that a relay does not have. Each of these fails before the handler is called.
  EFSMountConnectivityException: foreign('a file system'),
  EFSMountFailureException: foreign('a file system'),
  EFSMountTimeoutException: foreign('a file system'),
  S3FilesMountConnectivityException: foreign('a file system'),
  S3FilesMountFailureException: foreign('a file system'),
  S3FilesMountTimeoutException: foreign('a file system'),
  SnapStartException: foreign('SnapStart'),
  SnapStartRegenerationFailureException: foreign('SnapStart'),
  SnapStartTimeoutException: foreign('SnapStart'),

  // The handler was running and used a file. A durable execution of that name was started earlier.
  EFSIOException: POSSIBLY_STARTED,
  DurableExecutionAlreadyStartedException: POSSIBLY_STARTED,
  // Nothing shows how far the request got.
  ServiceException: POSSIBLY_STARTED,
  InternalFailure: POSSIBLY_STARTED,
  InternalServerError: POSSIBLY_STARTED,
  InternalServerException: POSSIBLY_STARTED,
  InternalServiceException: POSSIBLY_STARTED,
  ServiceUnavailable: POSSIBLY_STARTED,
  ServiceUnavailableException: POSSIBLY_STARTED,
  RequestTimeout: POSSIBLY_STARTED,
  RequestTimeoutException: POSSIBLY_STARTED,
};

/**
 * Decides by the name of an error, and by the status only if the name is not known.
 *
 * An unknown name with another status than 401, 403 and 429 counts as possibly started, also below 500. The list of Lambda's errors
 * grows by several a year, and those below 500 are not all refusals: `EFSIOException` (410) comes from a running handler. If a
 * request is wrongly reported as not started, its caller repeats a command that ran. If it is wrongly reported as possibly started, its
 * caller checks Airflow. Lambda returns 401, 403 and 429 before anything is started, whatever their names.
 */
export function findInvokeErrorMeaning({ name, status, reason }: InvokeError): InvokeErrorMeaning {
  if (reason !== undefined && status === 429) return ownValue(THROTTLE_MEANINGS, reason) ?? RATE_EXCEEDED;
  const known = ownValue(INVOKE_ERROR_MEANINGS, name);
  if (known !== undefined) return known;
  if (status === 429) return RATE_EXCEEDED;
  return status === 401 || status === 403 ? notPermitted : POSSIBLY_STARTED;
}

const ownValue = <Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
