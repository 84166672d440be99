import { GatewayResponse, type IRestApi, ResponseType } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import { PROBLEM_TYPES, type ProblemCode, toProblemTypeUrn } from '../../contract/problem-types.ts';

/**
 * The answer that API Gateway gives by itself in one case: a problem like those of the functions. Where the command may have
 * been sent, its status is one that no client repeats by itself, instead of API Gateway's own 500, 502 or 504.
 */
export interface GatewayProblem {
  readonly responseType: string;
  readonly code: ProblemCode;
  /** Text for the caller, or API Gateway's own, which it substitutes quoted. */
  readonly detail: string | typeof API_GATEWAY_MESSAGE;
  /** The case stands for several statuses: API Gateway keeps each, and the body names none. Else one replaces them all. */
  readonly keepsStatus?: true;
  /** Beside the detail: which tokens the API takes, where it takes any. */
  readonly describesTokens?: true;
  /** Further headers, as API Gateway writes fixed values: in single quotes. */
  readonly headers?: Readonly<Record<string, string>>;
}

const API_GATEWAY_MESSAGE = Symbol("API Gateway's own message");

const CHECK_BEFORE_RETRY =
  'A command that only reads may be sent again, and so may a trigger with an Idempotency-Key: with the same key it is one ' +
  'run. Before any other, look whether it has run.';

/** Every case that concerns callers of this API. One row a case. */
export const GATEWAY_PROBLEMS: readonly GatewayProblem[] = [
  {
    responseType: 'MISSING_AUTHENTICATION_TOKEN',
    code: 'not-signed',
    detail:
      'Either the request carries no AWS Signature Version 4, or this API has no such path and method: API Gateway ' +
      'answers both alike. Sign it for the service execute-api, and check the environment in the path.',
  },
  {
    responseType: 'UNAUTHORIZED',
    code: 'not-authenticated',
    detail:
      'Send a token of the issuer that this API trusts as "Authorization: Bearer …": signed, not expired, with the audience ' +
      'and the claims it demands. Nothing was run.',
    describesTokens: true,
    headers: { 'WWW-Authenticate': "'Bearer'" },
  },
  {
    responseType: 'AUTHORIZER_FAILURE',
    code: 'authorizer-failed',
    detail:
      "The token could not be checked: the issuer's keys could not be read, or the check failed. Nothing was run.",
  },
  {
    responseType: 'AUTHORIZER_CONFIGURATION_ERROR',
    code: 'authorizer-failed',
    detail: 'The API could not ask for the token to be checked: tell its owner. Nothing was run.',
  },
  { responseType: 'WAF_FILTERED', code: 'gateway-refused', detail: 'A web ACL blocked the request. Nothing was run.' },
  { responseType: 'INVALID_SIGNATURE', code: 'not-signed', detail: API_GATEWAY_MESSAGE },
  { responseType: 'EXPIRED_TOKEN', code: 'not-signed', detail: API_GATEWAY_MESSAGE },
  // The caller is known and a policy (the API's, or the caller's own) refuses: API Gateway's message says which.
  { responseType: 'ACCESS_DENIED', code: 'caller-refused', detail: API_GATEWAY_MESSAGE },
  {
    responseType: 'RESOURCE_NOT_FOUND',
    code: 'not-found',
    detail: 'This API has no such path. Check the environment in it.',
  },
  { responseType: 'BAD_REQUEST_BODY', code: 'malformed-request', detail: API_GATEWAY_MESSAGE },
  { responseType: 'BAD_REQUEST_PARAMETERS', code: 'malformed-request', detail: API_GATEWAY_MESSAGE },
  {
    responseType: 'REQUEST_TOO_LARGE',
    code: 'request-too-large',
    detail: 'API Gateway takes requests of up to 10 MB. Nothing was run.',
  },
  {
    responseType: 'UNSUPPORTED_MEDIA_TYPE',
    code: 'unsupported-media-type',
    detail: 'Send the command as application/json or as text/plain. Nothing was run.',
  },
  {
    responseType: 'THROTTLED',
    code: 'throttled',
    detail: 'Nothing was run. Wait a second, then send the request again.',
  },
  {
    responseType: 'QUOTA_EXCEEDED',
    code: 'quota-exceeded',
    detail: 'Nothing was run. Ask the owner of this API for a larger quota, or wait for the next period.',
  },
  {
    // A function at its concurrency limit appears here, and so does every other call of it that failed, also after the
    // command was sent: nothing may be claimed of what ran.
    responseType: 'INTEGRATION_FAILURE',
    code: 'gateway-error',
    detail: `The relay is answering as many requests as it may, or it failed. Wait a moment. ${CHECK_BEFORE_RETRY}`,
  },
  {
    responseType: 'INTEGRATION_TIMEOUT',
    code: 'gateway-timeout',
    detail: `The relay did not answer in time, and what it sent may still be running. ${CHECK_BEFORE_RETRY}`,
  },
  // Every 4xx that API Gateway gives by itself comes before the relay is called.
  { responseType: 'DEFAULT_4XX', code: 'gateway-refused', detail: API_GATEWAY_MESSAGE, keepsStatus: true },
  {
    responseType: 'DEFAULT_5XX',
    code: 'gateway-error',
    detail: `API Gateway could not complete the request. ${CHECK_BEFORE_RETRY}`,
  },
];

/** Whose tokens the API takes, and made out for whom. Neither is a secret: `requiredClaims` tell callers apart. */
export interface AcceptedTokens {
  readonly issuer: string;
  readonly audience: readonly string[];
}

/**
 * Makes every answer that API Gateway gives by itself a problem.
 *
 * @param tokens undefined where the API takes none
 */
export function addGatewayResponses(scope: Construct, restApi: IRestApi, tokens: AcceptedTokens | undefined): void {
  for (const problem of GATEWAY_PROBLEMS) {
    new GatewayResponse(scope, problem.responseType, {
      restApi,
      type: ResponseType.of(problem.responseType),
      ...(problem.keepsStatus ? {} : { statusCode: String(PROBLEM_TYPES[problem.code].status) }),
      responseHeaders: {
        'Content-Type': "'application/problem+json'",
        'Cache-Control': "'no-store'",
        ...createRetryAfterHeader(problem),
        ...problem.headers,
      },
      // The key chooses the template, it does not name what is sent: API Gateway knows a default for this one only.
      templates: { 'application/json': formatResponseTemplate(problem, tokens) },
    });
  }
}

/** API Gateway takes a header's fixed value in single quotes. */
function createRetryAfterHeader({ code }: GatewayProblem): Record<string, string> {
  const { retryAfterSeconds } = PROBLEM_TYPES[code];
  return retryAfterSeconds === undefined ? {} : { 'Retry-After': `'${retryAfterSeconds}'` };
}

/** API Gateway substitutes `$context` variables in the text and evaluates nothing else. */
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
    retrySafe: JSON.stringify(retrySafe),
    ...(describesTokens && tokens
      ? { issuer: JSON.stringify(tokens.issuer), audience: JSON.stringify(tokens.audience) }
      : {}),
  };
  return `{${Object.entries(members)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`;
}
