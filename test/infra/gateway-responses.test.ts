import { describe, expect, test } from 'vitest';
import { PROBLEM_TYPES, type ProblemCode } from '../../contract/problem-types.ts';
import { synthesizeConfig } from './synthesize-config.ts';

const readGatewayResponses = (api = '', environment = '') =>
  synthesizeConfig(`
region: eu-west-1
${api}
environments:
  prod:
    airflow: 2.10.3
    ${environment}
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
`)
    .resources('AWS::ApiGateway::GatewayResponse')
    .map(({ Properties }) => Properties);
const responses = readGatewayResponses();

/** Returns the body that a caller receives: API Gateway replaces variables and inserts its own message as a quoted string. */
const readResponseBody = (responseType: string, candidates = responses) => {
  const [response] = candidates.filter(({ ResponseType }) => ResponseType === responseType);
  const body = response.ResponseTemplates['application/json']
    .replaceAll('$context.error.messageString', JSON.stringify('a "quoted" message'))
    .replaceAll('$context.requestId', 'r-1');
  expect(body).not.toContain('$');
  return JSON.parse(body);
};

/** The problem for each response type of API Gateway. */
test.each<[responseType: string, code: ProblemCode, status: number | undefined]>([
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
])('%s returns the problem %s', (responseType, code, status) => {
  const { title, retrySafe } = PROBLEM_TYPES[code];

  expect(readResponseBody(responseType)).toEqual({
    type: `urn:mwaa-cli-proxy:problem:${code}`,
    title,
    ...(status === undefined ? {} : { status }),
    detail: expect.stringMatching(/./),
    requestId: 'r-1',
    ...(retrySafe ? { retrySafe } : {}),
  });
  expect(responses.find(({ ResponseType }) => ResponseType === responseType).StatusCode).toBe(status?.toString());
});

test('the problem for an invalid token contains issuer and audience, but no required claims', () => {
  const oidc = '{ issuer: "https://id.example.com", audience: mwaa-cli-proxy, requiredClaims: { org: data } }';
  const body = readResponseBody('UNAUTHORIZED', readGatewayResponses(`api: { oidc: ${oidc} }`));

  expect(body).toMatchObject({ issuer: 'https://id.example.com', audience: ['mwaa-cli-proxy'] });
  expect(JSON.stringify(body)).not.toContain('org');
});

const CONTENT_TYPE = 'gatewayresponse.header.Content-Type';

test('all responses have the content type of a problem', () => {
  for (const { ResponseParameters } of responses) {
    expect(ResponseParameters[CONTENT_TYPE]).toBe("'application/problem+json'");
  }
});

test('if an environment offers the REST API, its clients can read all responses below 500', () => {
  const ofRest = readGatewayResponses('', 'rest: true');
  const findTypes = (contentType: string) =>
    ofRest.filter(({ ResponseParameters }) => ResponseParameters[CONTENT_TYPE] === `'${contentType}'`);
  const others = findTypes('application/problem+json').map(({ ResponseType }) => ResponseType);
  expect(others.sort()).toEqual(['AUTHORIZER_CONFIGURATION_ERROR', 'AUTHORIZER_FAILURE']);
  expect(findTypes('application/json')).toHaveLength(ofRest.length - others.length);
});

test('responses after which a caller may retry have a Retry-After header in single quotes', () => {
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

/** Statuses that `curl --retry`, the AWS SDKs, and HTTP proxies retry automatically. */
const AUTO_RETRIED_STATUSES = [408, 429, 500, 502, 503, 504];

describe('responses with an unknown outcome', () => {
  test.each(['INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT', 'DEFAULT_5XX'])(
    '%s is not retried automatically, and says what to check',
    (responseType) => {
      const { detail, status, retrySafe } = readResponseBody(responseType);

      expect(retrySafe).toBeUndefined();
      expect(AUTO_RETRIED_STATUSES).not.toContain(status);
      expect(detail).toContain('check in Airflow whether it has run');
      expect(detail).toContain('Idempotency-Key');
      expect(detail).not.toMatch(/nothing was run/i);
    },
  );

  test('no response keeps a 5xx status of API Gateway', () => {
    // DEFAULT_5XX replaces the status of all 5xx responses that have no definition of their own:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    const responseTypes = responses
      .filter(({ StatusCode }) => StatusCode === undefined)
      .map(({ ResponseType }) => ResponseType);
    expect(responseTypes).toEqual(['DEFAULT_4XX']);
  });
});
