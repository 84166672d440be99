import { describe, expect, test } from 'vitest';
import { PROBLEM_TYPES, type ProblemCode } from '../../contract/problem-types.ts';
import { synthesizeConfig } from './synthesize-config.ts';

const readGatewayResponses = (api = '') =>
  synthesizeConfig(`
region: eu-west-1
${api}
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
`)
    .resources('AWS::ApiGateway::GatewayResponse')
    .map(({ Properties }) => Properties);
const responses = readGatewayResponses();

/** The body as a caller gets it: API Gateway substitutes variables and nothing else, and quotes its own message. */
const readResponseBody = (when: string, among = responses) => {
  const [response] = among.filter(({ ResponseType }) => ResponseType === when);
  const filled = response.ResponseTemplates['application/json']
    .replaceAll('$context.error.messageString', JSON.stringify('it said "no"'))
    .replaceAll('$context.requestId', 'r-1');
  expect(filled).not.toContain('$');
  return JSON.parse(filled);
};

/** When API Gateway answers by itself, and which problem it then is. */
test.each<[when: string, code: ProblemCode, status: number | undefined]>([
  ['MISSING_AUTHENTICATION_TOKEN', 'not-signed', 403],
  ['UNAUTHORIZED', 'not-authenticated', 401],
  ['AUTHORIZER_FAILURE', 'authorizer-failed', 503],
  ['AUTHORIZER_CONFIGURATION_ERROR', 'authorizer-failed', 503],
  ['WAF_FILTERED', 'gateway-refused', 403],
  ['INVALID_SIGNATURE', 'not-signed', 403],
  ['EXPIRED_TOKEN', 'not-signed', 403],
  ['ACCESS_DENIED', 'caller-refused', 403],
  ['RESOURCE_NOT_FOUND', 'not-found', 404],
  ['BAD_REQUEST_BODY', 'malformed-request', 400],
  ['BAD_REQUEST_PARAMETERS', 'malformed-request', 400],
  ['REQUEST_TOO_LARGE', 'request-too-large', 413],
  ['UNSUPPORTED_MEDIA_TYPE', 'unsupported-media-type', 415],
  ['THROTTLED', 'throttled', 429],
  ['QUOTA_EXCEEDED', 'quota-exceeded', 429],
  ['INTEGRATION_FAILURE', 'gateway-error', 424],
  ['INTEGRATION_TIMEOUT', 'gateway-timeout', 424],
  ['DEFAULT_4XX', 'gateway-refused', undefined],
  ['DEFAULT_5XX', 'gateway-error', 424],
])('%s is the problem %s', (when, code, status) => {
  const { title, retrySafe } = PROBLEM_TYPES[code];

  expect(readResponseBody(when)).toEqual({
    type: `urn:mwaa-cli-proxy:problem:${code}`,
    title,
    ...(status === undefined ? {} : { status }),
    detail: expect.stringMatching(/./),
    requestId: 'r-1',
    retrySafe,
  });
  expect(responses.find(({ ResponseType }) => ResponseType === when).StatusCode).toBe(status?.toString());
});

test('who has no good token is told which the API takes, and not what tells its callers apart', () => {
  const oidc = '{ issuer: "https://id.example.com", audience: mwaa-cli-proxy, requiredClaims: { org: data } }';
  const body = readResponseBody('UNAUTHORIZED', readGatewayResponses(`api: { oidc: ${oidc} }`));

  expect(body).toMatchObject({ issuer: 'https://id.example.com', audience: ['mwaa-cli-proxy'] });
  expect(JSON.stringify(body)).not.toContain('org');
});

test('every one is sent as a problem', () => {
  for (const { ResponseParameters } of responses) {
    expect(ResponseParameters['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'");
  }
});

test('those that a caller may repeat after a while say when, quoted as API Gateway wants it', () => {
  const headers = responses.map(({ ResponseType, ResponseParameters }) => [
    ResponseType,
    ResponseParameters['gatewayresponse.header.Retry-After'],
  ]);
  expect(Object.fromEntries(headers.filter(([, value]) => value !== undefined))).toEqual({
    AUTHORIZER_FAILURE: "'5'",
    AUTHORIZER_CONFIGURATION_ERROR: "'5'",
    THROTTLED: "'1'",
    INTEGRATION_FAILURE: "'2'",
    DEFAULT_5XX: "'2'",
  });
});

/** `curl --retry`, the AWS SDKs and proxies repeat these by themselves. */
const AUTO_RETRIED_STATUSES = [408, 429, 500, 502, 503, 504];

describe('where the fate of the command is open', () => {
  test.each(['INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT', 'DEFAULT_5XX'])('%s', (when) => {
    const { detail, status, retrySafe } = readResponseBody(when);

    expect(retrySafe).toBe(false);
    expect(AUTO_RETRIED_STATUSES).not.toContain(status);
    expect(detail).toContain('look whether it has run');
    expect(detail).toContain('Idempotency-Key');
    expect(detail).not.toMatch(/nothing was run/i);
  });

  test('no case of API Gateway keeps a 5xx of its own', () => {
    // Every 5xx that has no row of its own falls back to DEFAULT_5XX, whose status then replaces it:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    const kept = responses.filter(({ StatusCode }) => StatusCode === undefined).map(({ ResponseType }) => ResponseType);
    expect(kept).toEqual(['DEFAULT_4XX']);
  });
});
