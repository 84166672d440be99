/**
 * Errors of Lambda's API, in its protocol (REST-JSON): the name in the header `x-amzn-errortype`, the members in the body.
 *
 * Documented (API reference, `Invoke`): names, statuses, members, `Retry-After`.
 * Reported by users of AWS, not documented: the messages.
 * Assumed: `Retry-After` is 1 second.
 */
import type { PolicyEvaluation } from '../../iam/evaluate-policies.ts';
import type { Principal } from '../../iam/principal-store.ts';
import { MAX_PAYLOAD_BYTES, type ThrottleReason } from '../functions/lambda-api.ts';

export class LambdaError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  /** @param reason of a `TooManyRequestsException` */
  constructor(name: string, status: number, message: string, reason?: string) {
    super(message);
    this.name = name;
    this.status = status;
    const member = WITH_LOWER_CASE_MESSAGE.has(name) ? 'message' : 'Message';
    this.body = {
      Type: status >= 500 ? 'Server' : 'User',
      [member]: message,
      ...(reason !== undefined && { Reason: reason }),
    };
    this.headers = status === 429 ? { 'Retry-After': '1' } : {};
  }
}

/** AWS's model of the API spells the member in two ways. The signature errors are not in the model. */
const WITH_LOWER_CASE_MESSAGE = new Set([
  'CodeArtifactUserDeletedException',
  'CodeArtifactUserFailedException',
  'CodeArtifactUserPendingException',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'ModeNotSupportedException',
  'RequestTooLargeException',
  'ResourceConflictException',
  'ResourceNotReadyException',
  'SerializedRequestEntityTooLargeException',
  'TooManyRequestsException',
  'UnsupportedMediaTypeException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);

export const lambdaErrors = {
  invalidRequest: (message: string) => new LambdaError('InvalidRequestContentException', 400, message),
  notFound: (arn: string) => new LambdaError('ResourceNotFoundException', 404, `Function not found: ${arn}`),
  tooLarge: () =>
    new LambdaError(
      'RequestTooLargeException',
      413,
      `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation`,
    ),
  throttled: (reason: ThrottleReason) => new LambdaError('TooManyRequestsException', 429, 'Rate Exceeded.', reason),
  /** A part of the API that this gateway does not simulate. Nothing has run. */
  unsupported: (what: string) =>
    new LambdaError(
      'UnsupportedByLocalGateway',
      400,
      `local gateway: the simulated Lambda API does not support ${what}`,
    ),
};

/** Names the policy that denies, as AWS does (documented: IAM, "Troubleshoot access denied error messages"). */
export function createAccessDenied(
  { arn }: Principal,
  resource: string,
  { explicitDeny, deniedBy }: PolicyEvaluation,
): LambdaError {
  const because = explicitDeny
    ? `with an explicit deny in ${deniedBy === 'identity' ? 'an identity' : 'a resource'}-based policy`
    : 'because no identity-based policy allows the lambda:InvokeFunction action';
  const message = `User: ${arn} is not authorized to perform: lambda:InvokeFunction on resource: ${resource} ${because}`;
  return new LambdaError('AccessDeniedException', 403, message);
}
