/** By which way a request comes in: a private API's endpoints, a domain of the API's own, a web ACL, a throttle of one method. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import {
  addToFixture,
  changeFixture,
  createFixtureTemplate,
  type FixtureTemplate,
  writeAssembly,
} from './assembly-fixture.ts';
import { type ReceivedResponse, sendSigned, signRequest } from './signed-request.ts';

const ALLOW = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

interface RunningGateway {
  gateway: Gateway;
  caller: Principal;
  /** A signed request. `unsigned`: headers beside the signature. */
  call(
    path?: string,
    options?: { host?: string; unsigned?: Record<string, string>; body?: string },
  ): Promise<ReceivedResponse>;
}

async function startFixtureGateway(template: FixtureTemplate): Promise<RunningGateway> {
  const assembly = writeAssembly(template);
  const principals = createPrincipalStore();
  const gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals });
  closing.push(() => gateway.close(), assembly.remove);
  const caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [ALLOW]);
  return {
    gateway,
    caller,
    async call(path = '/buffered', { host, unsigned = {}, body = '{"do":"echo"}' } = {}) {
      const url = gateway.url + path;
      const headers = await signRequest(caller, url, { body, ...(host === undefined ? {} : { headers: { host } }) });
      return sendSigned(url, { ...headers, ...unsigned }, body);
    },
  };
}

const getEvent = ({ text }: ReceivedResponse) => JSON.parse(text).event;
const createAccessLog = (Format: string) => ({
  AccessLogSetting: { DestinationArn: { 'Fn::GetAtt': ['AccessLog', 'Arn'] }, Format: `$context.requestId ${Format}` },
});
const readAccessLogLine = ({ gateway }: RunningGateway, { headers }: ReceivedResponse) =>
  gateway.logs.search(String(headers['x-amzn-requestid']), 'access').map(({ message }) => message.replace(/^\S+ /, ''));
const createStage = (properties: object) => ({
  ...createFixtureTemplate().Resources.Stage!,
  Properties: { ...createFixtureTemplate().Resources.Stage!.Properties, ...properties },
});
const createApi = (properties: object) => ({
  ...createFixtureTemplate().Resources.Api!,
  Properties: { ...createFixtureTemplate().Resources.Api!.Properties, ...properties },
});

describe('a private API', async () => {
  const onlyBy = (...endpoints: string[]) => ({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/v1/*' },
      {
        ...{ Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/v1/*' },
        Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } },
      },
    ],
  });
  const played = await startFixtureGateway(
    addToFixture({
      Api: createApi({
        EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-0aaa', 'vpce-0bbb'] },
        Policy: onlyBy('vpce-0aaa', 'vpce-0ccc'),
      }),
      Stage: createStage(createAccessLog('$context.identity.vpceId $context.endpointType $context.status')),
    }),
  );
  const by = (endpoint: string) => played.call('/buffered', { unsigned: { 'X-Local-Vpc-Endpoint': endpoint } });

  test('is reached by its first endpoint where a request says nothing', async () => {
    const answer = await played.call();

    expect(answer.status).toBe(200);
    expect(getEvent(answer).requestContext.identity.vpceId).toBe('vpce-0aaa');
    expect(readAccessLogLine(played, answer)).toEqual(['vpce-0aaa PRIVATE 200']);
  });

  test('is reached by an endpoint that its policy names, and does not see how the laptop was told', async () => {
    const answer = await by('vpce-0ccc');

    expect(getEvent(answer).requestContext.identity.vpceId).toBe('vpce-0ccc');
    expect(JSON.stringify(getEvent(answer)).toLowerCase()).not.toContain('x-local-vpc-endpoint');
  });

  test.each(['vpce-0bbb', 'vpce-0', 'VPCE-0AAA', ''])('is not reached by %j', async (endpoint) => {
    const answer = await by(endpoint);

    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'AccessDeniedException']);
  });
});

describe('an API that is not private', async () => {
  const played = await startFixtureGateway(createFixtureTemplate());

  test('takes no endpoint from a header', async () => {
    const event = getEvent(await played.call('/buffered', { unsigned: { 'x-local-vpc-endpoint': 'vpce-0aaa' } }));

    expect(event.headers['x-local-vpc-endpoint']).toBe('vpce-0aaa');
    expect(event.requestContext.identity.vpceId).toBeUndefined();
  });

  test('has no other host, and no web ACL', async () => {
    expect(played.gateway.host).toBeUndefined();
    played.gateway.setBlocked(true);
    expect((await played.call()).status).toBe(200);
  });
});

describe.each([
  ['at its root', undefined],
  ['below a path', 'c.l+i'],
])('a domain of the API’s own, %s', async (_where, BasePath) => {
  const base = BasePath === undefined ? '' : `/${BasePath}`;
  const played = await startFixtureGateway(
    addToFixture({
      Name: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: 'Airflow.example.com',
          RegionalCertificateArn: 'arn:aws:acm:x:1:certificate/c',
          EndpointConfiguration: { Types: ['REGIONAL'] },
        },
      },
      Mapping: {
        Type: 'AWS::ApiGateway::BasePathMapping',
        Properties: {
          ...{ DomainName: { Ref: 'Name' }, RestApiId: { Ref: 'Api' }, Stage: { Ref: 'Stage' } },
          ...(BasePath === undefined ? {} : { BasePath }),
        },
      },
      Api: createApi({ DisableExecuteApiEndpoint: true }),
      Stage: createStage(
        createAccessLog('$context.domainName $context.domainPrefix $context.path $context.resourcePath'),
      ),
    }),
  );
  const host = 'airflow.example.com';
  const forbidden = [403, '{"message":"Forbidden"}'];
  const shape = ({ status, text }: ReceivedResponse) => [status, text];

  test('says what to send', () => {
    expect([played.gateway.host, new URL(played.gateway.url).pathname]).toEqual([host, base || '/']);
  });

  test('has no stage in its paths, and stands in event and log', async () => {
    const answer = await played.call('/streamed/a%20b', { host });

    expect(getEvent(answer)).toMatchObject({
      path: `${base}/streamed/a%20b`,
      resource: '/streamed/{name}',
      requestContext: { domainName: host, domainPrefix: 'airflow', path: `${base}/streamed/a%20b`, stage: 'v1' },
    });
    expect(readAccessLogLine(played, answer)).toEqual([`${host} airflow ${base}/streamed/a%20b /streamed/{name}`]);
  });

  test.each(['AIRFLOW.example.com', 'airflow.example.com:8443'])('is %s too', async (spelling) => {
    expect((await played.call('/buffered', { host: spelling })).status).toBe(200);
  });

  test('is signed for as it is sent', async () => {
    const url = `${played.gateway.url}/buffered`;
    const headers = await signRequest(played.caller, url, { headers: { host: 'other.example.com' } });

    expect((await sendSigned(url, { ...headers, host }, '')).headers['x-amzn-errortype']).toBe(
      'InvalidSignatureException',
    );
  });

  test.each([undefined, 'other.example.com', 'x.airflow.example.com', 'airflow.example.com.'])(
    'has no way in beside it: %s',
    async (other) => {
      expect(shape(await played.call('/buffered', other === undefined ? {} : { host: other }))).toEqual(forbidden);
    },
  );

  test.each([undefined, 'other.example.com'])('has no stage beside it either: %s', async (other) => {
    const url = `${new URL(played.gateway.url).origin}/v1/buffered`;
    const headers = await signRequest(played.caller, url, { body: '{}', ...(other && { headers: { host: other } }) });

    expect(shape(await sendSigned(url, headers, '{}'))).toEqual(forbidden);
  });

  test('does not take the stage for a path', async () => {
    expect((await played.call('/v1/buffered', { host })).status).toBe(403);
  });

  test.skipIf(BasePath === undefined).each(['/buffered', '/cxl+i/buffered', '/c.l+ix/buffered', '/c.l/buffered'])(
    'leads nowhere from %s',
    async (path) => {
      const url = new URL(played.gateway.url).origin + path;
      const headers = await signRequest(played.caller, url, { headers: { host }, body: '{}' });
      expect(shape(await sendSigned(url, headers, '{}'))).toEqual(forbidden);
    },
  );
});

test('a web ACL blocks before anything else, and no longer than it is told to', async () => {
  const played = await startFixtureGateway(
    addToFixture({
      Acl: {
        Type: 'AWS::WAFv2::WebACLAssociation',
        Properties: {
          WebACLArn: 'arn:aws:wafv2:x',
          ResourceArn: {
            'Fn::Join': ['', ['arn:aws:apigateway:ap-southeast-2::/restapis/', { Ref: 'Api' }, '/stages/v1']],
          },
        },
      },
      Stage: createStage(createAccessLog('$context.error.responseType $context.wafResponseCode')),
    }),
  );
  played.gateway.setBlocked(true);
  const unsigned = await sendSigned(`${played.gateway.url}/nowhere`, {}, '');
  const signed = await played.call();
  played.gateway.setBlocked(false);

  expect([unsigned.status, signed.status]).toEqual([403, 403]);
  expect(JSON.parse(signed.text)).toMatchObject({ type: 'WAF_FILTERED', detail: 'Forbidden' });
  expect(readAccessLogLine(played, signed)).toEqual(['WAF_FILTERED WAF_BLOCK']);
  const after = await played.call();
  expect([after.status, ...readAccessLogLine(played, after)]).toEqual([200, '- WAF_ALLOW']);
});

test('a throttle of one method leaves the others alone', async () => {
  const settings = (ResourcePath: string, HttpMethod: string, limit: number) => ({
    ...{ ResourcePath, HttpMethod, ThrottlingRateLimit: limit, ThrottlingBurstLimit: limit },
  });
  const played = await startFixtureGateway(
    changeFixture('Stage', { MethodSettings: [settings('/*', '*', 1000), settings('/~1streamed~1{name}', 'POST', 0)] }),
  );

  expect((await played.call('/streamed/x')).headers['x-amzn-errortype']).toBe('TooManyRequestsException');
  expect((await played.call('/buffered')).status).toBe(200);
});

describe('a request between Lambda’s limit and API Gateway’s', async () => {
  const played = await startFixtureGateway(createFixtureTemplate());

  test.each(['/buffered', '/streamed/x'])('is too large for %s, and nothing runs', async (path) => {
    const answer = await played.call(path, { body: 'x'.repeat(6 * 1024 * 1024) });

    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([413, 'BadRequestException']);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'REQUEST_TOO_LARGE', detail: 'Request Too Long' });
    expect(played.gateway.logs.search(/^START/)).toEqual([]);
  });
});

describe('any gateway response', async () => {
  const played = await startFixtureGateway(createFixtureTemplate());

  test.each([
    ['QUOTA_EXCEEDED', 429, { type: 'QUOTA_EXCEEDED', detail: 'Forced "here"' }],
    ['AUTHORIZER_FAILURE', 500, { message: 'Forced "here"' }],
  ])('can be seen as a caller does: %s, once', async (type, status, body) => {
    played.gateway.forceNextResponse(type, status);
    const answer = await played.call();

    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([status, body]);
    expect((await played.call()).status).toBe(200);
  });
});
