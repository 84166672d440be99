import { describe, expect, test } from 'vitest';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import { formatIntrinsics, type SynthesizedStack, synthesizeConfig } from './synthesize-config.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from './two-environments.ts';

const synthesizeWithApi = (members: string) =>
  synthesizeConfig(TWO_ENVIRONMENTS.replace('api: {', `api: { ${members},`));
const synthesized = synthesizeConfig(TWO_ENVIRONMENTS);
const oidcStack = synthesizeWithApi(OIDC_CONFIG);
const [api] = synthesized.resources('AWS::ApiGateway::RestApi');
const [stage] = synthesized.resources('AWS::ApiGateway::Stage');

/** `POST /environments/prod/cli` and who is let in. */
function listRoutes({ resources }: SynthesizedStack): Record<string, string> {
  const parts = resources('AWS::ApiGateway::Resource');
  const pathOf = (id: string): string => {
    const part = parts.find((resource) => resource.id === id);
    return part === undefined ? '' : `${pathOf(part.Properties.ParentId.Ref)}/${part.Properties.PathPart}`;
  };
  return Object.fromEntries(
    resources('AWS::ApiGateway::Method').map(({ Properties }) => [
      `${Properties.HttpMethod} ${pathOf(Properties.ResourceId.Ref)}`,
      Properties.AuthorizationType,
    ]),
  );
}

const signedRoutes = {
  'GET /environments': 'AWS_IAM',
  'POST /environments/prod/cli': 'AWS_IAM',
  'GET /environments/prod/health': 'AWS_IAM',
  'GET /environments/prod/commands': 'AWS_IAM',
  'POST /environments/prod/explain': 'AWS_IAM',
  'POST /environments/next/cli': 'AWS_IAM',
  'GET /environments/next/health': 'AWS_IAM',
  'GET /environments/next/commands': 'AWS_IAM',
  'POST /environments/next/explain': 'AWS_IAM',
};

describe('paths', () => {
  test('there is one set for each environment that is on, and no method without authorization', () => {
    expect(listRoutes(synthesized)).toEqual(signedRoutes);
  });

  test('with tokens there is the same once more below /oidc', () => {
    const tokens = Object.keys(signedRoutes).map((route) => [route.replace(' /', ' /oidc/'), 'CUSTOM']);

    expect(listRoutes(oidcStack)).toEqual({ ...signedRoutes, ...Object.fromEntries(tokens) });
  });
});

describe('integrations', () => {
  const relayed = (from: SynthesizedStack) =>
    from
      .resources('AWS::ApiGateway::Method')
      .map(({ Properties }) => Properties.Integration)
      .filter(({ Uri }) =>
        ['prod', 'next'].some((name) => formatIntrinsics(Uri).includes(from.relay(name).function.id)),
      );

  test('stream from the function of the same environment, at the documented address', () => {
    expect(relayed(synthesized).map(({ Type, ResponseTransferMode }) => `${Type} ${ResponseTransferMode}`)).toEqual(
      Array(4).fill('AWS_PROXY STREAM'),
    );
    expect(relayed(synthesized).map(({ Uri }) => formatIntrinsics(Uri))).toEqual(
      ['prod', 'prod', 'next', 'next'].map(
        (name) =>
          `arn:aws:apigateway:ap-southeast-2:lambda:path/2021-11-15/functions/<${synthesized.relay(name).function.id}.Arn>/response-streaming-invocations`,
      ),
    );
  });

  test('are buffered where the region has no streaming, with another handler and a shorter ladder', () => {
    const buffered = synthesizeConfig(
      TWO_ENVIRONMENTS.replace('api: {', 'api: { responses: buffered,').replace('{ postSeconds: 100 }', '{}'),
    );

    for (const { ResponseTransferMode, TimeoutInMillis, Uri } of relayed(buffered)) {
      expect([ResponseTransferMode, TimeoutInMillis]).toEqual(['BUFFERED', 29_000]);
      expect(formatIntrinsics(Uri)).toMatch(/path\/2015-03-31\/functions\/.*\/invocations$/);
    }
    expect(buffered.relay('prod').function.Properties.Handler).not.toBe(RELAY_FUNCTION.handler);
  });
});

test('may invoke a function from its own stage, method and path only: no test invocation', () => {
  // What EventBridge may is in operations.test.ts.
  const ofApi = oidcStack
    .resources('AWS::Lambda::Permission')
    .filter(({ Properties }) => Properties.Principal !== 'events.amazonaws.com');
  const permissions = ofApi.map(({ Properties }) => {
    const { Action, Principal, FunctionName, SourceArn } = Properties;
    expect([Action, Principal]).toEqual(['lambda:InvokeFunction', 'apigateway.amazonaws.com']);
    return `${formatIntrinsics(FunctionName)} ${formatIntrinsics(SourceArn)}`;
  });
  const idOf = (handler: string) =>
    oidcStack.resources('AWS::Lambda::Function').find(({ Properties }) => Properties.Handler === handler)?.id;
  const apiId = oidcStack.resources('AWS::ApiGateway::RestApi')[0]?.id;
  const from = `arn:aws:execute-api:ap-southeast-2:111122223333:<${apiId}>`;
  const doors = ['', 'oidc/'];

  expect(permissions.sort()).toEqual(
    [
      ...doors.flatMap((door) =>
        [`GET/${door}environments`, `GET/${door}environments/*/commands`, `POST/${door}environments/*/explain`].map(
          (route) => `<${idOf('directory.handler')}.Arn> ${from}/v1/${route}`,
        ),
      ),
      ...doors.flatMap((door) =>
        ['prod', 'next'].flatMap((name) =>
          [`POST/${door}environments/${name}/cli`, `GET/${door}environments/${name}/health`].map(
            (route) => `<${oidcStack.relay(name).function.id}.Arn> ${from}/v1/${route}`,
          ),
        ),
      ),
      expect.stringMatching(`^<${idOf('authorizer.handler')}.Arn> ${from}/authorizers/<`),
    ].sort(),
  );
});

describe('the stage', () => {
  test('throttles each method, and an environment that says so by itself', () => {
    const { resources } = synthesizeConfig(
      TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG}, throttling: { ratePerSecond: 5, burst: 7 },`).replace(
        'mwaaName: analytics',
        'mwaaName: analytics\n    throttling: { ratePerSecond: 1, burst: 2 }',
      ),
    );
    const settings = resources('AWS::ApiGateway::Stage')[0]?.Properties.MethodSettings.map(
      // biome-ignore lint/suspicious/noExplicitAny: a setting is API Gateway's
      ({ HttpMethod, ResourcePath, ThrottlingRateLimit, ThrottlingBurstLimit, LoggingLevel, DataTraceEnabled }: any) =>
        [HttpMethod, ResourcePath, ThrottlingRateLimit, ThrottlingBurstLimit, LoggingLevel, DataTraceEnabled].join(' '),
    );

    expect(settings).toEqual([
      '* /* 5 7 OFF false',
      'POST /~1environments~1prod~1cli 1 2 OFF false',
      'POST /~1oidc~1environments~1prod~1cli 1 2 OFF false',
    ]);
  });

  test('logs each request without what could be secret', () => {
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

  test('is traced unless that is switched off', () => {
    expect(stage?.Properties.TracingEnabled).toBe(true);
    expect(synthesizeWithApi('tracing: false').resources('AWS::ApiGateway::Stage')[0]?.Properties.TracingEnabled).toBe(
      false,
    );
  });

  test('is behind a web ACL where one is named', () => {
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

  test('the account-wide logging role is made, or left to its owner', () => {
    expect(synthesized.resources('AWS::ApiGateway::Account')).toHaveLength(1);
    expect(synthesizeWithApi('logRole: leave').resources('AWS::ApiGateway::Account')).toEqual([]);
  });
});

describe('the endpoint', () => {
  test('is Regional', () => {
    expect(api?.Properties.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
    expect(api?.Properties.DisableExecuteApiEndpoint).toBe(false);
  });

  test('is replaced by a domain of its own', () => {
    const { resources, outputs } = synthesizeWithApi(
      'domain: { name: airflow.example.com, basePath: cli, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/0a" }',
    );
    const [own] = resources('AWS::ApiGateway::RestApi');

    expect(own?.Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(resources('AWS::ApiGateway::DomainName')[0]?.Properties).toMatchObject({
      DomainName: 'airflow.example.com',
      RegionalCertificateArn: 'arn:aws:acm:ap-southeast-2:111122223333:certificate/0a',
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    expect(resources('AWS::ApiGateway::BasePathMapping')[0]?.Properties).toMatchObject({
      RestApiId: { Ref: own?.id },
      Stage: { Ref: resources('AWS::ApiGateway::Stage')[0]?.id },
      BasePath: 'cli',
    });
    expect(outputs.Url?.Value).toBe('https://airflow.example.com/cli/');
  });

  test('is private by endpoints that are there, or by one that is made', () => {
    const there = synthesizeWithApi('endpoint: private, vpcEndpoint: { ids: [vpce-0aaa1111] }');
    expect(there.resources('AWS::ApiGateway::RestApi')[0]?.Properties.EndpointConfiguration).toEqual({
      Types: ['PRIVATE'],
      VpcEndpointIds: ['vpce-0aaa1111'],
    });

    const own = synthesizeWithApi(
      'endpoint: private, vpcEndpoint: { create: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], cidrs: [10.0.0.0/16] } }',
    );
    const [endpoint] = own.resources('AWS::EC2::VPCEndpoint');
    expect(endpoint?.Properties.ServiceName).toBe('com.amazonaws.ap-southeast-2.execute-api');
    const [restApi] = own.resources('AWS::ApiGateway::RestApi');
    expect(restApi?.Properties.EndpointConfiguration.VpcEndpointIds.map(formatIntrinsics)).toEqual([
      `<${endpoint?.id}.Id>`,
    ]);
    expect(JSON.stringify(restApi?.Properties.Policy)).toContain(
      JSON.stringify({ 'Fn::GetAtt': [endpoint?.id, 'Id'] }),
    );
  });
});

test('the authorizer asks for a bearer token, and its answer is kept for as long as is said', () => {
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
