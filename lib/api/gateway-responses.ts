import { GatewayResponse, type IRestApi, ResponseType } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import { PROBLEM_TYPES, type ProblemCode, toProblemTypeUrn } from '../../contract/problem-types.ts';

/**
 * A response that API Gateway creates itself, as a problem like those of the functions. If the request may have been sent, the
 * status replaces API Gateway's 500, 502, or 504, which many clients retry automatically.
 */
export interface GatewayProblem {
  readonly responseType: string;
  readonly code: ProblemCode;
  /** Text for the caller, or `API_GATEWAY_MESSAGE`. */
  readonly detail: string | typeof API_GATEWAY_MESSAGE;
  /** Keeps API Gateway's own status, because this response type covers several. The body then contains no status. */
  readonly keepsStatus?: true;
  /** If the API accepts tokens, the problem contains their issuer and audience. */
  readonly describesTokens?: true;
  /** Additional headers. API Gateway requires single quotes around static values. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Stands for API Gateway's own message, which it inserts as a quoted string. */
const API_GATEWAY_MESSAGE = Symbol('API Gateway message');

const CHECK_BEFORE_RETRY =
  'You can retry what only reads, or a trigger with the same Idempotency-Key. Before you retry anything else, check in Airflow ' +
  'whether it has run.';

/** All response types that callers of this API can receive. */
export const GATEWAY_PROBLEMS: readonly GatewayProblem[] = [
  {
    responseType: 'MISSING_AUTHENTICATION_TOKEN',
    code: 'not-signed',
    detail:
      'The request carries no AWS Signature Version 4, or this API has no such path and method. API Gateway returns the same error for both. ' +
      'Sign the request for the service execute-api, and check the path and the method.',
  },
  {
    responseType: 'UNAUTHORIZED',
    code: 'not-authenticated',
    detail:
      'The token is missing or invalid. Send "Authorization: Bearer TOKEN" with a signed, unexpired token of the issuer that this ' +
      'API trusts, with the required audience and claims. Nothing was run.',
    describesTokens: true,
    headers: { 'WWW-Authenticate': "'Bearer'" },
  },
  {
    responseType: 'AUTHORIZER_FAILURE',
    code: 'authorizer-failed',
    detail:
      "The token could not be checked, because the authorizer failed or could not read the issuer's keys. Nothing was run. " +
      'Retry the request.',
  },
  {
    responseType: 'AUTHORIZER_CONFIGURATION_ERROR',
    code: 'authorizer-failed',
    detail: 'The API could not invoke its authorizer. Nothing was run. Contact the owner of this API.',
  },
  {
    responseType: 'WAF_FILTERED',
    code: 'gateway-refused',
    detail: 'A web ACL blocked the request. Nothing was run. Contact the owner of this API.',
  },
  { responseType: 'INVALID_SIGNATURE', code: 'not-signed', detail: API_GATEWAY_MESSAGE },
  { responseType: 'EXPIRED_TOKEN', code: 'not-signed', detail: API_GATEWAY_MESSAGE },
  // The resource policy or the caller's identity policy denies the request. API Gateway's message says which.
  { responseType: 'ACCESS_DENIED', code: 'caller-refused', detail: API_GATEWAY_MESSAGE },
  {
    responseType: 'RESOURCE_NOT_FOUND',
    code: 'not-found',
    detail: 'This API has no such path. Check its spelling.',
  },
  { responseType: 'BAD_REQUEST_BODY', code: 'malformed-request', detail: API_GATEWAY_MESSAGE },
  { responseType: 'BAD_REQUEST_PARAMETERS', code: 'malformed-request', detail: API_GATEWAY_MESSAGE },
  {
    responseType: 'REQUEST_TOO_LARGE',
    code: 'request-too-large',
    detail: 'The request is too large for API Gateway or Lambda. Nothing was run.',
  },
  {
    responseType: 'UNSUPPORTED_MEDIA_TYPE',
    code: 'unsupported-media-type',
    detail: 'Send a body of the type application/json. Nothing was run.',
  },
  {
    responseType: 'THROTTLED',
    code: 'throttled',
    detail: 'Too many requests. Nothing was run. Retry after one second.',
  },
  {
    responseType: 'QUOTA_EXCEEDED',
    code: 'quota-exceeded',
    detail:
      'The quota of this period is used up. Nothing was run. Ask the owner of this API for a higher quota, or wait for the next period.',
  },
  {
    // API Gateway returns this for a throttled front, and also for a front that failed while a relay ran the request. Therefore the
    // detail must not claim that nothing was run.
    responseType: 'INTEGRATION_FAILURE',
    code: 'gateway-error',
    detail: `Lambda throttled the front function of this API, or the function failed. The request may have run. ${CHECK_BEFORE_RETRY}`,
  },
  {
    responseType: 'INTEGRATION_TIMEOUT',
    code: 'gateway-timeout',
    detail: `The front function of this API did not respond in time. The request may still be running. ${CHECK_BEFORE_RETRY}`,
  },
  // API Gateway creates all 4xx responses before it invokes the front.
  { responseType: 'DEFAULT_4XX', code: 'gateway-refused', detail: API_GATEWAY_MESSAGE, keepsStatus: true },
  {
    responseType: 'DEFAULT_5XX',
    code: 'gateway-error',
    detail: `API Gateway could not complete the request, so it may have run. ${CHECK_BEFORE_RETRY}`,
  },
];

/** What a caller may know about the tokens that the API accepts. It excludes `requiredClaims`, which identify the callers. */
export interface AcceptedTokens {
  readonly issuer: string;
  readonly audience: readonly string[];
}

export interface GatewayResponseOptions {
  /** Undefined if the API accepts no tokens. */
  readonly tokens: AcceptedTokens | undefined;
  /** Whether an environment offers Airflow's REST API. */
  readonly offersRest: boolean;
}

/** Replaces all responses that API Gateway creates itself with problems. */
export function addGatewayResponses(
  scope: Construct,
  restApi: IRestApi,
  { tokens, offersRest }: GatewayResponseOptions,
): void {
  for (const problem of GATEWAY_PROBLEMS) {
    new GatewayResponse(scope, problem.responseType, {
      restApi,
      type: ResponseType.of(problem.responseType),
      ...(problem.keepsStatus ? {} : { statusCode: String(PROBLEM_TYPES[problem.code].status) }),
      responseHeaders: {
        'Content-Type': `'${offersRest && isClientError(problem) ? 'application/json' : 'application/problem+json'}'`,
        'Cache-Control': "'no-store'",
        ...createRetryAfterHeader(problem),
        ...problem.headers,
      },
      // This key selects the template and is the only one with a default in API Gateway. It does not set the content type.
      templates: { 'application/json': formatResponseTemplate(problem, tokens) },
    });
  }
}

/**
 * Clients of Airflow's REST API read only plain JSON, and of server errors none: see `plainJsonErrors` in `lambda/front/`. These responses
 * are the same for all paths of an API.
 */
const isClientError = ({ code, responseType, keepsStatus }: GatewayProblem): boolean =>
  keepsStatus ? responseType === 'DEFAULT_4XX' : PROBLEM_TYPES[code].status < 500;

function createRetryAfterHeader({ code }: GatewayProblem): Record<string, string> {
  const { retryAfterSeconds } = PROBLEM_TYPES[code];
  return retryAfterSeconds === undefined ? {} : { 'Retry-After': `'${retryAfterSeconds}'` };
}

/** Returns the body template. API Gateway replaces `$context` variables in it and evaluates nothing else. */
function formatResponseTemplate(
  { code, detail, keepsStatus, describesTokens }: GatewayProblem,
  tokens: AcceptedTokens | undefined,
): string {
  const { title, status, retrySafe } = PROBLEM_TYPES[code];
  const members = {
    type: JSON.stringify(toProblemTypeUrn(code)),
    title: JSON.stringify(title),
    ...(keepsStatus ? {} : { status: JSON.stringify(status) }),
    detail: detail === API_GATEWAY_MESSAGE ? '$context.error.messageString' : JSON.stringify(detail),
    requestId: '"$context.requestId"',
    // Whether a repeat is safe can depend on the request and on the header Idempotency-Key. A template cannot read headers, so it does not
    // claim that a repeat is unsafe. Source: API Gateway's developer guide, "Gateway responses for REST APIs" (templates without VTL).
    ...(retrySafe ? { retrySafe: 'true' } : {}),
    ...(describesTokens && tokens
      ? { issuer: JSON.stringify(tokens.issuer), audience: JSON.stringify(tokens.audience) }
      : {}),
  };
  return `{${Object.entries(members)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`;
}
