/** How a request reaches the API: VPC endpoints of a private API, a custom domain, a web ACL, throttling. */
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
const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

interface RunningGateway {
  gateway: Gateway;
  caller: Principal;
  /** Sends a signed request. `unsigned`: headers that are not signed. */
  call(
    path?: string,
    options?: { host?: string; unsigned?: Record<string, string>; body?: string },
  ): Promise<ReceivedResponse>;
}

async function startFixtureGateway(template: FixtureTemplate): Promise<RunningGateway> {
  const assembly = writeAssembly(template);
  const principals = createPrincipalStore();
  const gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals });
  cleanUps.push(() => gateway.close(), assembly.remove);
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
  const createEndpointPolicy = (...endpoints: string[]) => ({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/v1/*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'execute-api:Invoke',
        Resource: 'execute-api:/v1/*',
        Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } },
      },
    ],
  });
  const running = await startFixtureGateway(
    addToFixture({
      Api: createApi({
        EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-0aaa', 'vpce-0bbb'] },
        Policy: createEndpointPolicy('vpce-0aaa', 'vpce-0ccc'),
      }),
      Stage: createStage(createAccessLog('$context.identity.vpceId $context.endpointType $context.status')),
    }),
  );
  const callThrough = (endpoint: string) =>
    running.call('/buffered', { unsigned: { 'X-Local-Vpc-Endpoint': endpoint } });

  test('is reached through its first endpoint by default', async () => {
    const response = await running.call();

    expect(response.status).toBe(200);
    expect(getEvent(response).requestContext.identity.vpceId).toBe('vpce-0aaa');
    expect(readAccessLogLine(running, response)).toEqual(['vpce-0aaa PRIVATE 200']);
  });

  test('is reached through an endpoint that its policy names, and the event does not contain the local header', async () => {
    const response = await callThrough('vpce-0ccc');

    expect(getEvent(response).requestContext.identity.vpceId).toBe('vpce-0ccc');
    expect(JSON.stringify(getEvent(response)).toLowerCase()).not.toContain('x-local-vpc-endpoint');
  });

  test.each(['vpce-0bbb', 'vpce-0', 'VPCE-0AAA', ''])('is not reached through %j', async (endpoint) => {
    const response = await callThrough(endpoint);

    expect([response.status, response.headers['x-amzn-errortype']]).toEqual([403, 'AccessDeniedException']);
  });
});

describe('an API that is not private', async () => {
  const running = await startFixtureGateway(createFixtureTemplate());

  test('ignores the header that names an endpoint', async () => {
    const event = getEvent(await running.call('/buffered', { unsigned: { 'x-local-vpc-endpoint': 'vpce-0aaa' } }));

    expect(event.headers['x-local-vpc-endpoint']).toBe('vpce-0aaa');
    expect(event.requestContext.identity.vpceId).toBeUndefined();
  });

  test('has no custom host and no web ACL', async () => {
    expect(running.gateway.host).toBeUndefined();
    running.gateway.setBlocked(true);
    expect((await running.call()).status).toBe(200);
  });
});

describe.each([
  ['without a base path', undefined],
  ['with a base path', 'c.l+i'],
])('a custom domain %s', async (_where, BasePath) => {
  const base = BasePath === undefined ? '' : `/${BasePath}`;
  const running = await startFixtureGateway(
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
          DomainName: { Ref: 'Name' },
          RestApiId: { Ref: 'Api' },
          Stage: { Ref: 'Stage' },
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
  const FORBIDDEN = [403, '{"message":"Forbidden"}'];
  const summarize = ({ status, text }: ReceivedResponse) => [status, text];

  test('is the host of the gateway, and the base path is in its URL', () => {
    expect([running.gateway.host, new URL(running.gateway.url).pathname]).toEqual([host, base || '/']);
  });

  test('appears in the event and the access log, with paths without the stage', async () => {
    const response = await running.call('/streamed/a%20b', { host });

    expect(getEvent(response)).toMatchObject({
      path: `${base}/streamed/a%20b`,
      resource: '/streamed/{name}',
      requestContext: { domainName: host, domainPrefix: 'airflow', path: `${base}/streamed/a%20b`, stage: 'v1' },
    });
    expect(readAccessLogLine(running, response)).toEqual([`${host} airflow ${base}/streamed/a%20b /streamed/{name}`]);
  });

  test.each(['AIRFLOW.example.com', 'airflow.example.com:8443'])('accepts the host %s', async (spelling) => {
    expect((await running.call('/buffered', { host: spelling })).status).toBe(200);
  });

  test('rejects a request that is signed for another host', async () => {
    const url = `${running.gateway.url}/buffered`;
    const headers = await signRequest(running.caller, url, { headers: { host: 'other.example.com' } });

    expect((await sendSigned(url, { ...headers, host }, '')).headers['x-amzn-errortype']).toBe(
      'InvalidSignatureException',
    );
  });

  test.each([undefined, 'other.example.com', 'x.airflow.example.com', 'airflow.example.com.'])(
    'rejects the host %s',
    async (other) => {
      expect(summarize(await running.call('/buffered', other === undefined ? {} : { host: other }))).toEqual(FORBIDDEN);
    },
  );

  test.each([undefined, 'other.example.com'])('rejects the path of the stage at the host %s', async (other) => {
    const url = `${new URL(running.gateway.url).origin}/v1/buffered`;
    const headers = await signRequest(running.caller, url, { body: '{}', ...(other && { headers: { host: other } }) });

    expect(summarize(await sendSigned(url, headers, '{}'))).toEqual(FORBIDDEN);
  });

  test('rejects a path that starts with the stage', async () => {
    expect((await running.call('/v1/buffered', { host })).status).toBe(403);
  });

  test.skipIf(BasePath === undefined).each(['/buffered', '/cxl+i/buffered', '/c.l+ix/buffered', '/c.l/buffered'])(
    'rejects the path %s',
    async (path) => {
      const url = new URL(running.gateway.url).origin + path;
      const headers = await signRequest(running.caller, url, { headers: { host }, body: '{}' });
      expect(summarize(await sendSigned(url, headers, '{}'))).toEqual(FORBIDDEN);
    },
  );
});

test('a web ACL blocks every request before other checks while setBlocked is on', async () => {
  const running = await startFixtureGateway(
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
  running.gateway.setBlocked(true);
  const unsigned = await sendSigned(`${running.gateway.url}/nowhere`, {}, '');
  const signed = await running.call();
  running.gateway.setBlocked(false);

  expect([unsigned.status, signed.status]).toEqual([403, 403]);
  expect(JSON.parse(signed.text)).toMatchObject({ type: 'WAF_FILTERED', detail: 'Forbidden' });
  expect(readAccessLogLine(running, signed)).toEqual(['WAF_FILTERED WAF_BLOCK']);
  const after = await running.call();
  expect([after.status, ...readAccessLogLine(running, after)]).toEqual([200, '- WAF_ALLOW']);
});

test('throttling of one method does not affect other methods', async () => {
  const settings = (ResourcePath: string, HttpMethod: string, limit: number) => ({
    ResourcePath,
    HttpMethod,
    ThrottlingRateLimit: limit,
    ThrottlingBurstLimit: limit,
  });
  const running = await startFixtureGateway(
    changeFixture('Stage', { MethodSettings: [settings('/*', '*', 1000), settings('/~1streamed~1{name}', 'POST', 0)] }),
  );

  expect((await running.call('/streamed/x')).headers['x-amzn-errortype']).toBe('TooManyRequestsException');
  expect((await running.call('/buffered')).status).toBe(200);
});

describe('a request larger than Lambda’s limit and smaller than API Gateway’s', async () => {
  const running = await startFixtureGateway(createFixtureTemplate());

  test.each(['/buffered', '/streamed/x'])('is rejected with 413 by %s, and nothing runs', async (path) => {
    const response = await running.call(path, { body: 'x'.repeat(6 * 1024 * 1024) });

    expect([response.status, response.headers['x-amzn-errortype']]).toEqual([413, 'BadRequestException']);
    expect(JSON.parse(response.text)).toMatchObject({ type: 'REQUEST_TOO_LARGE', detail: 'Request Too Long' });
    expect(running.gateway.logs.search(/^START/)).toEqual([]);
  });
});

describe('forceNextResponse', async () => {
  const running = await startFixtureGateway(createFixtureTemplate());

  test.each([
    ['QUOTA_EXCEEDED', 429, { type: 'QUOTA_EXCEEDED', detail: 'Forced "here"' }],
    ['AUTHORIZER_FAILURE', 500, { message: 'Forced "here"' }],
  ])('returns the gateway response %s once', async (type, status, body) => {
    running.gateway.forceNextResponse(type, status);
    const response = await running.call();

    expect([response.status, JSON.parse(response.text)]).toMatchObject([status, body]);
    expect((await running.call()).status).toBe(200);
  });
});
