/** A small handwritten cloud assembly in a temporary folder: two functions behind a REST API. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FixtureTemplate {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown>; [attribute: string]: unknown }>;
  [section: string]: unknown;
}

export const createInvocationUri = (logicalId: string, rest: string, version: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      `:apigateway:ap-southeast-2:lambda:path/${version}/functions/`,
      { 'Fn::GetAtt': [logicalId, 'Arn'] },
      `/${rest}`,
    ],
  ],
});

const createRole = (...statements: unknown[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
    },
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'],
    Policies: statements.map((statement, index) => ({
      PolicyName: `p${index}`,
      PolicyDocument: { Version: '2012-10-17', Statement: [statement] },
    })),
  },
});

export const createPermission = (logicalId: string, path: string) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: { 'Fn::GetAtt': [logicalId, 'Arn'] },
    Principal: 'apigateway.amazonaws.com',
    SourceArn: {
      'Fn::Join': [
        '',
        [
          'arn:aws:execute-api:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          ':',
          { Ref: 'Api' },
          `/v1/POST${path}`,
        ],
      ],
    },
  },
});

export const createMethod = (resource: string, integration: Record<string, unknown>) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: { Ref: 'Api' },
    ResourceId: { Ref: resource },
    HttpMethod: 'POST',
    AuthorizationType: 'AWS_IAM',
    Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', ...integration },
  },
});

export const createResource = (parent: unknown, part: string) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId: { Ref: 'Api' }, ParentId: parent, PathPart: part },
});

export const createFunction = (handler: string, properties: Record<string, unknown>) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
    Handler: handler,
    Runtime: 'nodejs24.x',
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Timeout: 10,
    ...properties,
  },
});

/** `POST /v1/streamed/{name}` and `POST /v1/buffered`, both with IAM authorization. */
export function createFixtureTemplate(): FixtureTemplate {
  return {
    Resources: {
      Api: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: { Name: 'api', EndpointConfiguration: { Types: ['REGIONAL'] } },
      },
      Streamed: createResource({ 'Fn::GetAtt': ['Api', 'RootResourceId'] }, 'streamed'),
      StreamedName: createResource({ Ref: 'Streamed' }, '{name}'),
      Buffered: createResource({ 'Fn::GetAtt': ['Api', 'RootResourceId'] }, 'buffered'),
      PostStreamed: createMethod('StreamedName', {
        Uri: createInvocationUri('StreamedFunction', 'response-streaming-invocations', '2021-11-15'),
        ResponseTransferMode: 'STREAM',
        TimeoutInMillis: 20_000,
      }),
      PostBuffered: createMethod('Buffered', {
        Uri: createInvocationUri('BufferedFunction', 'invocations', '2015-03-31'),
      }),
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        Properties: { RestApiId: { Ref: 'Api' } },
        DependsOn: ['PostStreamed', 'PostBuffered', 'Default4xx'],
      },
      Default4xx: {
        Type: 'AWS::ApiGateway::GatewayResponse',
        Properties: {
          RestApiId: { Ref: 'Api' },
          ResponseType: 'DEFAULT_4XX',
          ResponseParameters: { 'gatewayresponse.header.Content-Type': "'application/problem+json'" },
          ResponseTemplates: {
            'application/json':
              '{"type":"$context.error.responseType","detail":$context.error.messageString,"id":"$context.requestId"}',
          },
        },
      },
      Stage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: {
          RestApiId: { Ref: 'Api' },
          DeploymentId: { Ref: 'Deployment' },
          StageName: 'v1',
          AccessLogSetting: {
            DestinationArn: { 'Fn::GetAtt': ['AccessLog', 'Arn'] },
            Format:
              '$context.requestId $context.status $context.identity.userArn $context.resourcePath $context.responseLength',
          },
          MethodSettings: [
            { HttpMethod: '*', ResourcePath: '/*', ThrottlingBurstLimit: 1000, ThrottlingRateLimit: 1000 },
          ],
        },
      },
      AccessLog: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'access' } },
      FunctionLog: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'functions', RetentionInDays: 30 } },
      Role: createRole({
        Effect: 'Allow',
        Action: 'airflow:CreateCliToken',
        Resource: 'arn:aws:airflow:ap-southeast-2:111122223333:environment/prod',
      }),
      Group: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'functions',
          VpcId: 'vpc-0',
          SecurityGroupEgress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }],
        },
      },
      StreamedFunction: createFunction('index.streamed', {
        ReservedConcurrentExecutions: 5,
        Timeout: 3,
        LoggingConfig: { LogGroup: { Ref: 'FunctionLog' } },
        Environment: { Variables: { COLOR: 'green' } },
        VpcConfig: { SubnetIds: ['subnet-0'], SecurityGroupIds: [{ 'Fn::GetAtt': ['Group', 'GroupId'] }] },
      }),
      BufferedFunction: createFunction('index.buffered', { LoggingConfig: { LogGroup: { Ref: 'FunctionLog' } } }),
      PermitStreamed: createPermission('StreamedFunction', '/streamed/*'),
      PermitBuffered: createPermission('BufferedFunction', '/buffered'),
    },
  };
}

/** Returns the fixture with resources added or replaced. */
export function addToFixture(resources: FixtureTemplate['Resources']): FixtureTemplate {
  const template = createFixtureTemplate();
  return JSON.parse(
    JSON.stringify({ ...template, Resources: { ...template.Resources, ...resources } }),
  ) as FixtureTemplate;
}

/** Returns the fixture with changed properties of one resource. undefined removes a property. */
export function changeFixture(logicalId: string, properties: Record<string, unknown>): FixtureTemplate {
  const template = createFixtureTemplate();
  const changed = template.Resources[logicalId];
  if (changed === undefined) throw new Error(`The fixture has no resource ${logicalId}.`);
  changed.Properties = { ...changed.Properties, ...properties };
  return JSON.parse(JSON.stringify(template)) as FixtureTemplate;
}

/** The functions do what the request body says: `{"do":"…"}`. */
const FIXTURE_CODE = `
import https from 'node:https';
import { lookup } from 'node:dns/promises';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const get = (url) => new Promise((resolve, reject) => https.get(url, (answer) => {
  let text = '';
  answer.on('data', (chunk) => { text += chunk; }).on('end', () => resolve({ status: answer.statusCode, text }));
}).on('error', reject));

let served = 0;
async function act(event, context) {
  served += 1;
  const instruction = JSON.parse(event.body);
  switch (instruction.do) {
    case 'echo': return { event, served, pid: process.pid, context: { ...context, remaining: context.getRemainingTimeInMillis() } };
    case 'env': return { ...process.env };
    case 'say': console.log(instruction.what); return {};
    case 'wait': await wait(instruction.ms); return { served };
    case 'block': for (;;);
    case 'never': return new Promise(() => {});
    case 'throw': throw new RangeError('thrown by the handler');
    case 'exit': process.exit(3);
    case 'uncaught': setImmediate(() => { throw new Error('thrown outside the handler'); }); return wait(1000);
    case 'get': {
      try { return await get(instruction.url); } catch (error) { return { code: error.code, message: error.message }; }
    }
    case 'fetch': {
      try { return { text: await (await fetch(instruction.url)).text() }; } catch (error) { return { code: error.cause?.code }; }
    }
    case 'lookup': {
      try { return await lookup(instruction.name); } catch (error) { return { code: error.code }; }
    }
  }
}

export const buffered = async (event, context) => {
  const instruction = JSON.parse(event.body);
  if (instruction.do === 'answer') return instruction.answer;
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(await act(event, context) ?? null) };
};

export const streamed = awslambda.streamifyResponse(async (event, responseStream, context) => {
  const instruction = JSON.parse(event.body);
  if (instruction.do === 'raw') { responseStream.write(Buffer.from(instruction.text)); responseStream.end(); return; }
  if (instruction.do === 'end-only') { awslambda.HttpResponseStream.from(responseStream, { statusCode: 200 }).end('body'); return; }
  const metadata = { statusCode: 201, headers: { 'x-one': '1' }, multiValueHeaders: { 'x-many': ['a', 'b'] }, cookies: ['c=1', 'd=2'] };
  if (instruction.do === 'pieces') {
    const out = awslambda.HttpResponseStream.from(responseStream, metadata);
    out.write('first ');
    await wait(300);
    out.write('second');
    out.end();
    return;
  }
  if (instruction.do === 'halfway') {
    const out = awslambda.HttpResponseStream.from(responseStream, metadata);
    out.write('first ');
    await wait(50);
    throw new Error('halfway');
  }
  const result = await act(event, context);
  const out = awslambda.HttpResponseStream.from(responseStream, { statusCode: 200, headers: { 'Content-Type': 'application/json' } });
  out.write(JSON.stringify(result ?? null));
  out.end();
});

/** Does what the token says: \`Bearer\` and JSON in base64url. */
export const authorizer = async ({ authorizationToken, methodArn }) => {
  const { error, effect = 'Allow', condition, resource = '*', context = {} } =
    JSON.parse(Buffer.from(authorizationToken.split(' ')[1], 'base64url').toString());
  console.log('authorizer invoked for', methodArn);
  if (error) throw new Error(error);
  const statement = { Effect: effect, Action: 'execute-api:Invoke', Resource: resource, ...(condition && { Condition: condition }) };
  return {
    principalId: 'jo',
    policyDocument: { Version: '2012-10-17', Statement: effect === 'none' ? [] : [statement] },
    context,
  };
};

export const notAFunction = 42;
`;

export interface AssemblyParts {
  /** The files of the asset, by name. Default: the functions above. */
  code?: Record<string, string>;
  /** Templates of nested stacks. The keys are the argument of `createNestedUrl`. */
  nested?: Record<string, FixtureTemplate>;
  /** Additional stacks, by name. */
  others?: Record<string, FixtureTemplate>;
}

/** A `TemplateURL` as CDK writes it. */
export const createNestedUrl = (name: string) => ({
  'Fn::Join': ['', ['https://s3.ap-southeast-2.', { Ref: 'AWS::URLSuffix' }, `/assets/${name}.json`]],
});

/** Writes an assembly with the stack `Fixture` and the given parts. */
export function writeAssembly(
  template: FixtureTemplate,
  { code = { 'index.mjs': FIXTURE_CODE }, nested = {}, others = {} }: AssemblyParts = {},
): { directory: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  const write = (name: string, value: unknown) => writeFileSync(join(directory, name), JSON.stringify(value));
  const stacks = { Fixture: template, ...others };
  write('manifest.json', {
    version: '55.0.0',
    artifacts: {
      'Fixture.assets': { type: 'cdk:asset-manifest', properties: { file: 'Fixture.assets.json' } },
      ...Object.fromEntries(
        Object.keys(stacks).map((name) => [
          name,
          {
            type: 'aws:cloudformation:stack',
            environment: 'aws://111122223333/ap-southeast-2',
            properties: { templateFile: `${name}.template.json` },
          },
        ]),
      ),
    },
  });
  const files = Object.keys(nested).map((name) => [
    name,
    {
      source: { path: `${name}.nested.template.json`, packaging: 'file' },
      destinations: { here: { objectKey: `${name}.json` } },
    },
  ]);
  write('Fixture.assets.json', {
    files: {
      code: { source: { path: 'asset.code', packaging: 'zip' }, destinations: { here: { objectKey: 'code.zip' } } },
      ...Object.fromEntries(files),
    },
  });
  for (const [name, value] of Object.entries(stacks)) write(`${name}.template.json`, value);
  for (const [name, value] of Object.entries(nested)) write(`${name}.nested.template.json`, value);
  mkdirSync(join(directory, 'asset.code'));
  for (const [name, text] of Object.entries(code)) writeFileSync(join(directory, 'asset.code', name), text);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
