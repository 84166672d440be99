import { describe, expect, test } from 'vitest';
import { FRONT_BUFFERED_HANDLER, FRONT_FUNCTION } from '../../contract/function-names.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, type SynthesizedStack, synthesizeConfig } from './synthesize-config.ts';

const synthesizeWithApi = (members: string) =>
  synthesizeConfig(TWO_ENVIRONMENTS.replace('api: {', `api: { ${members},`));
const synthesized = synthesizeConfig(TWO_ENVIRONMENTS);
const oidcStack = synthesizeWithApi(OIDC_CONFIG);
const [api] = synthesized.resources('AWS::ApiGateway::RestApi');
const [stage] = synthesized.resources('AWS::ApiGateway::Stage');

/** Returns the authorization of each route, such as `POST /environments/prod/cli`. */
function listRoutes({ resources }: SynthesizedStack): Record<string, string> {
  const apiResources = resources('AWS::ApiGateway::Resource');
  const buildPath = (id: string): string => {
    const resource = apiResources.find((candidate) => candidate.id === id);
    return resource === undefined
      ? ''
      : `${buildPath(resource.Properties.ParentId.Ref)}/${resource.Properties.PathPart}`;
  };
  return Object.fromEntries(
    resources('AWS::ApiGateway::Method').map(({ Properties }) => [
      `${Properties.HttpMethod} ${buildPath(Properties.ResourceId.Ref)}`,
      Properties.AuthorizationType,
    ]),
  );
}

const signedRoutes = {
  'GET /environments': 'AWS_IAM',
  'POST /environments/{environment}/cli': 'AWS_IAM',
  'GET /environments/{environment}/health': 'AWS_IAM',
  'GET /environments/{environment}/run': 'AWS_IAM',
  'GET /environments/{environment}/commands': 'AWS_IAM',
  'POST /environments/{environment}/explain': 'AWS_IAM',
};

describe('routes', () => {
  test('one path parameter stands for all environments, and every method has authorization', () => {
    expect(listRoutes(synthesized)).toEqual(signedRoutes);
  });

  test('with OIDC, all routes also exist below /oidc', () => {
    const oidcRoutes = Object.keys(signedRoutes).map((route) => [route.replace(' /', ' /oidc/'), 'CUSTOM']);

    expect(listRoutes(oidcStack)).toEqual({ ...signedRoutes, ...Object.fromEntries(oidcRoutes) });
  });
});

describe('every method calls the front', () => {
  const listIntegrations = ({ resources }: SynthesizedStack) =>
    resources('AWS::ApiGateway::Method').map(({ Properties: { Integration } }) => ({
      type: Integration.Type,
      mode: Integration.ResponseTransferMode,
      milliseconds: Integration.TimeoutInMillis,
      uri: formatIntrinsics(Integration.Uri),
    }));
  const findFront = ({ resources }: SynthesizedStack) =>
    resources('AWS::Lambda::Function').find(({ Properties }) => Properties.Handler.startsWith('front.'));

  test.each([
    ['stream', 'STREAM', FRONT_FUNCTION.handler, '2021-11-15', 'response-streaming-invocations', 290],
    ['buffered', 'BUFFERED', FRONT_BUFFERED_HANDLER, '2015-03-31', 'invocations', 29],
  ])('with responses: %s', (responses, mode, handler, version, action, seconds) => {
    const stack = synthesizeConfig(
      TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG}, responses: ${responses},`).replace(
        '{ postSeconds: 100 }',
        '{}',
      ),
    );
    const front = findFront(stack);

    expect(front?.Properties.Handler).toBe(handler);
    expect(front?.Properties.Timeout).toBeLessThan(seconds);
    expect(listIntegrations(stack)).toEqual(
      Array(12).fill({
        type: 'AWS_PROXY',
        mode,
        milliseconds: seconds * 1000,
        uri: `arn:aws:apigateway:ap-southeast-2:lambda:path/${version}/functions/<${front?.id}.Arn>/${action}`,
      }),
    );
  });

  test('with a configured integrationSeconds', () => {
    const stack = synthesizeWithApi('integrationSeconds: 285');

    expect(new Set(listIntegrations(stack).map(({ milliseconds }) => milliseconds))).toEqual(new Set([285_000]));
    expect(findFront(stack)?.Properties.Timeout).toBe(283);
  });
});

describe('the stage', () => {
  test('throttles all methods', () => {
    const { resources } = synthesizeWithApi(`${OIDC_CONFIG}, throttling: { ratePerSecond: 5, burst: 7 }`);

    expect(resources('AWS::ApiGateway::Stage')[0]?.Properties.MethodSettings).toEqual([
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        ThrottlingRateLimit: 5,
        ThrottlingBurstLimit: 7,
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
      },
    ]);
  });

  test('has an access log without fields that may contain a secret', () => {
    expect(Object.values(JSON.parse(stage?.Properties.AccessLogSetting.Format))).toEqual([
      '$context.requestId',
      '$context.extendedRequestId',
      '$context.requestTime',
      '$context.httpMethod',
      '$context.resourcePath',
      '$context.status',
      '$context.identity.userArn',
      '$context.authorizer.principalId',
      '$context.integration.latency',
      '$context.responseLatency',
      '$context.error.responseType',
    ]);
  });

  test('has tracing, unless it is disabled', () => {
    expect(stage?.Properties.TracingEnabled).toBe(true);
    expect(synthesizeWithApi('tracing: false').resources('AWS::ApiGateway::Stage')[0]?.Properties.TracingEnabled).toBe(
      false,
    );
  });

  test('has the configured web ACL', () => {
    const webAcl = 'arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/name/0a1b';
    const { resources } = synthesizeWithApi(`webAcl: "${webAcl}"`);

    expect(resources('AWS::WAFv2::WebACLAssociation')[0]?.Properties).toEqual({
      WebACLArn: webAcl,
      ResourceArn: expect.anything(),
    });
    expect(formatIntrinsics(resources('AWS::WAFv2::WebACLAssociation')[0]?.Properties.ResourceArn)).toMatch(
      /^arn:aws:apigateway:ap-southeast-2::\/restapis\/<.*>\/stages\/<.*>$/,
    );
  });

  test('the account-wide logging role is created only if logRole is create', () => {
    expect(synthesizeWithApi('logRole: create').resources('AWS::ApiGateway::Account')).toHaveLength(1);
    expect(synthesized.resources('AWS::ApiGateway::Account')).toEqual([]);
  });
});

describe('the API endpoint', () => {
  test('is Regional by default', () => {
    expect(api?.Properties.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
    expect(api?.Properties.DisableExecuteApiEndpoint).toBe(false);
  });

  test('is replaced by a custom domain', () => {
    const { resources, outputs } = synthesizeWithApi(
      'domain: { name: airflow.example.com, basePath: cli, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/0a" }',
    );
    const [restApi] = resources('AWS::ApiGateway::RestApi');

    expect(restApi?.Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(resources('AWS::ApiGateway::DomainName')[0]?.Properties).toMatchObject({
      DomainName: 'airflow.example.com',
      RegionalCertificateArn: 'arn:aws:acm:ap-southeast-2:111122223333:certificate/0a',
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    expect(resources('AWS::ApiGateway::BasePathMapping')[0]?.Properties).toMatchObject({
      RestApiId: { Ref: restApi?.id },
      Stage: { Ref: resources('AWS::ApiGateway::Stage')[0]?.id },
      BasePath: 'cli',
    });
    expect(outputs.Url?.Value).toBe('https://airflow.example.com/cli');
  });

  test('is private, with existing VPC endpoints or a created one', () => {
    const existing = synthesizeWithApi('endpoint: private, vpcEndpoint: { ids: [vpce-0aaa1111] }');
    expect(existing.resources('AWS::ApiGateway::RestApi')[0]?.Properties.EndpointConfiguration).toEqual({
      Types: ['PRIVATE'],
      VpcEndpointIds: ['vpce-0aaa1111'],
    });

    const created = synthesizeWithApi(
      'endpoint: private, vpcEndpoint: { create: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], cidrs: [10.0.0.0/16] } }',
    );
    const [endpoint] = created.resources('AWS::EC2::VPCEndpoint');
    expect(endpoint?.Properties.ServiceName).toBe('com.amazonaws.ap-southeast-2.execute-api');
    const [restApi] = created.resources('AWS::ApiGateway::RestApi');
    expect(restApi?.Properties.EndpointConfiguration.VpcEndpointIds.map(formatIntrinsics)).toEqual([
      `<${endpoint?.id}.Id>`,
    ]);
    expect(JSON.stringify(restApi?.Properties.Policy)).toContain(
      JSON.stringify({ 'Fn::GetAtt': [endpoint?.id, 'Id'] }),
    );
  });
});

test('the authorizer requires a bearer token, and its result is cached as configured', () => {
  const { resources } = synthesizeWithApi(OIDC_CONFIG.replace('{ org: data }', '{ org: data }, cacheSeconds: 7'));
  const [authorizer] = resources('AWS::ApiGateway::Authorizer');

  expect(authorizer?.Properties).toMatchObject({
    Type: 'TOKEN',
    IdentitySource: 'method.request.header.Authorization',
    AuthorizerResultTtlInSeconds: 7,
  });
  const expression = new RegExp(authorizer?.Properties.IdentityValidationExpression);
  expect(expression.test('Bearer aa.bb.cc')).toBe(true);
  for (const text of ['aa.bb.cc', 'Bearer aa.bb', 'Bearer aa.bb.', 'Basic aa.bb.cc', 'Bearer aa.bb.cc x']) {
    expect(expression.test(text)).toBe(false);
  }
});
