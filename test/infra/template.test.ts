import { describe, expect, test } from 'vitest';
import { API_VARIABLES, RELAY } from '../../lambda/names.ts';
import { readable, synthesis } from './synthesis.ts';

const CONFIG = `
region: ap-southeast-2
account: "111122223333"
environments:
  prod:
    airflow: 2.10.3
    mwaaName: analytics
    vpc:
      id: vpc-0abc1234
      subnets: [subnet-0aaa1111, subnet-0bbb2222]
      webServerSecurityGroup: sg-0eee5555
      airflowEndpoint: { securityGroup: sg-0ddd4444, ingress: false }
  next:
    airflow: 3.0.6
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0fff6666 }
    concurrency: unreserved
    webServerHostname: airflow.example.com
    timeouts: { postSeconds: 100 }
  dormant:
    enabled: false
    airflow: 3.0.6
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0fff6666 }
grants:
  - { who: everyone, where: "*", may: [version] }
  - { who: [etl, etl2], where: prod, may: [dags list, dags pause *] }
  - { who: later, where: prod, may: [dags delete *], enabled: false }
  - { who: sleeper, where: dormant, may: [dags list] }
`;

const made = synthesis(CONFIG);
const [api] = made.resources('AWS::ApiGateway::RestApi');
const [stage] = made.resources('AWS::ApiGateway::Stage');
const methods = made.resources('AWS::ApiGateway::Method');
const list = <Value>(value: Value | Value[]): Value[] => (Array.isArray(value) ? value : [value]);

describe('the relay functions', () => {
  test('there is one for each environment that is on, and none for one that is off', () => {
    expect(made.resources('AWS::Lambda::Function')).toHaveLength(2);
    expect(made.text).not.toContain('dormant');
  });

  test('handler, variables and runtime are those of the shared names', () => {
    const { Handler, Environment, Runtime, Architectures } = made.relay('prod').function.Properties;

    expect(Handler).toBe(RELAY.handler);
    expect(Environment.Variables).toEqual({
      [API_VARIABLES.apiId]: { Ref: api?.id },
      [API_VARIABLES.apiStage]: 'v1',
    });
    expect([Runtime, Architectures]).toEqual(['nodejs24.x', ['arm64']]);
  });

  test("concurrency is the environment's in-flight limit, or unreserved", () => {
    expect(made.relay('prod').function.Properties.ReservedConcurrentExecutions).toBe(2);
    expect(made.relay('next').function.Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('they stand in the subnets of their environment', () => {
    expect(made.relay('prod').function.Properties.VpcConfig.SubnetIds).toEqual(['subnet-0aaa1111', 'subnet-0bbb2222']);
  });

  test('who may run what can be read in the template', () => {
    expect(made.relay('prod').function.Metadata?.Grants).toEqual([
      'everyone may: version',
      'etl, etl2 may: dags list',
      'etl, etl2 may: dags pause *',
    ]);
  });
});

describe('environment.json', () => {
  test('holds the grants in force in its own environment, with their lines, and no others', () => {
    expect(made.relay('prod').environmentFile).toMatchObject({
      grants: [
        { who: ['everyone'], may: ['version'], line: 24 },
        { who: ['etl', 'etl2'], may: ['dags list', 'dags pause *'], line: 25 },
      ],
    });
    expect(made.relay('next').environmentFile).toMatchObject({
      grants: [{ who: ['everyone'], may: ['version'], line: 24 }],
    });
  });

  test('holds exactly what the relay reads', () => {
    const { grants, catalogue, ...rest } = made.relay('next').environmentFile as Record<string, unknown>;

    expect(rest).toEqual({
      name: 'next',
      mwaaName: 'next',
      airflow: '3.0.6',
      webServerHostname: 'airflow.example.com',
      timeouts: { abortSeconds: 286, postSeconds: 100, connectSeconds: 5, tokenSeconds: 10, busySeconds: 20 },
      limits: { answerBytes: 8_388_608, outputBytes: 4_194_304 },
    });
    expect(catalogue).toMatchObject({ airflow: '3.0.6' });
    expect(Object.keys(made.relay('prod').environmentFile as object)).not.toContain('webServerHostname');
  });

  test('names the environment as MWAA does', () => {
    expect(made.relay('prod').environmentFile).toMatchObject({ name: 'prod', mwaaName: 'analytics' });
  });
});

describe('roles', () => {
  interface Statement {
    readonly Effect: string;
    readonly Action: string | string[];
    readonly Resource: unknown;
  }
  /** For each relay's role its statements, with actions and resources as lists of text. */
  const statements = made
    .resources('AWS::IAM::Role')
    .filter(({ Properties }) => readable(Properties.AssumeRolePolicyDocument).includes('lambda.amazonaws.com'))
    .map(({ Properties }) =>
      Properties.Policies.flatMap(
        ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
      ).map(({ Effect, Action, Resource }: Statement) => ({
        Effect,
        actions: list(Action),
        resources: list(Resource).map(readable),
      })),
    );

  test('each relay may ask for CLI tokens of its own environment, and nothing else of MWAA', () => {
    const airflow = statements.map((role) =>
      role.filter(({ actions }: { actions: string[] }) => actions.some((action) => !/^(ec2|logs):/.test(action))),
    );

    const only = (name: string) => [
      {
        Effect: 'Allow',
        actions: ['airflow:CreateCliToken'],
        resources: [`arn:aws:airflow:ap-southeast-2:111122223333:environment/${name}`],
      },
    ];
    expect(airflow).toEqual([only('analytics'), only('next')]);
  });

  test('beside it stand the network interfaces of a function in a VPC and its own log, no more', () => {
    const actions = statements.map((role) => role.flatMap(({ actions }: { actions: string[] }) => actions).sort());

    const expected = [
      'airflow:CreateCliToken',
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ];
    expect(actions).toEqual([expected, expected]);
    expect(made.resources('AWS::IAM::Policy')).toEqual([]);
  });

  test('each writes to its own log group only', () => {
    const logs = statements.map((role) =>
      role
        .filter(({ actions }: { actions: string[] }) => actions.includes('logs:PutLogEvents'))
        .flatMap(({ resources }: { resources: string[] }) => resources),
    );

    expect(logs).toEqual(
      ['prod', 'next'].map((name) => [`<${made.relay(name).function.Properties.LoggingConfig.LogGroup.Ref}.Arn>`]),
    );
  });
});

describe('the network', () => {
  test('a relay reaches 443 of the web server and of the airflow.env endpoint, and nothing else', () => {
    const egress = made
      .resources('AWS::EC2::SecurityGroup')
      .map(({ Properties }) =>
        Properties.SecurityGroupEgress.map(({ Description, ...rule }: { Description: string }) => rule),
      );

    const to = (DestinationSecurityGroupId: string) => ({
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
      DestinationSecurityGroupId,
    });
    expect(egress).toEqual([[to('sg-0eee5555'), to('sg-0ddd4444')], [to('sg-0fff6666')]]);
    expect(made.resources('AWS::EC2::SecurityGroupEgress')).toEqual([]);
  });

  test('nothing reaches a relay', () => {
    for (const { Properties } of made.resources('AWS::EC2::SecurityGroup')) {
      expect(Properties).not.toHaveProperty('SecurityGroupIngress');
    }
  });

  test('the groups of the web servers let their relay in on 443', () => {
    const rules = made.resources('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => {
      const { GroupId, IpProtocol, FromPort, ToPort, SourceSecurityGroupId } = Properties;
      return `${GroupId} ${IpProtocol} ${FromPort}-${ToPort} from ${readable(SourceSecurityGroupId)}`;
    });
    const [prod, next] = made.resources('AWS::EC2::SecurityGroup');

    expect(rules).toEqual([
      `sg-0eee5555 tcp 443-443 from <${prod?.id}.GroupId>`,
      `sg-0fff6666 tcp 443-443 from <${next?.id}.GroupId>`,
    ]);
  });

  test('where a group is not ours to change, an output says which rule to add', () => {
    const [prod] = made.resources('AWS::EC2::SecurityGroup');
    const said = Object.values(made.outputs).map(({ Value }) => readable(Value));

    expect(said).toContain(`sg-0ddd4444: inbound TCP 443 from <${prod?.id}.GroupId>`);
  });
});

describe('the API', () => {
  test('is Regional', () => {
    expect(api?.Properties.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
  });

  test('has one path for each environment that is on', () => {
    const parts = made.resources('AWS::ApiGateway::Resource');
    const pathOf = (id: string): string => {
      const part = parts.find((resource) => resource.id === id);
      return part === undefined ? '' : `${pathOf(part.Properties.ParentId.Ref)}/${part.Properties.PathPart}`;
    };

    expect(methods.map(({ Properties }) => `${Properties.HttpMethod} ${pathOf(Properties.ResourceId.Ref)}`)).toEqual([
      'POST /environments/prod/cli',
      'GET /environments/prod/health',
      'POST /environments/next/cli',
      'GET /environments/next/health',
    ]);
  });

  test('has no method without authorisation', () => {
    expect(methods.map(({ Properties }) => Properties.AuthorizationType)).toEqual(methods.map(() => 'AWS_IAM'));
  });

  test('streams from the function of the same environment, at the documented address', () => {
    const integrations = methods.map(({ Properties }) => Properties.Integration);

    for (const { Type, ResponseTransferMode } of integrations) {
      expect([Type, ResponseTransferMode]).toEqual(['AWS_PROXY', 'STREAM']);
    }
    expect(integrations.map(({ Uri }) => readable(Uri))).toEqual(
      ['prod', 'prod', 'next', 'next'].map(
        (name) =>
          `arn:aws:apigateway:ap-southeast-2:lambda:path/2021-11-15/functions/<${made.relay(name).function.id}.Arn>/response-streaming-invocations`,
      ),
    );
  });

  test('may invoke a function from its own stage, method and path only: no test invocation', () => {
    const permissions = made.resources('AWS::Lambda::Permission').map(({ Properties }) => ({
      of: readable(Properties.FunctionName),
      to: Properties.Principal,
      from: readable(Properties.SourceArn),
    }));

    expect(permissions).toEqual(
      ['prod', 'next'].flatMap((name) =>
        [`POST/environments/${name}/cli`, `GET/environments/${name}/health`].map((route) => ({
          of: `<${made.relay(name).function.id}.Arn>`,
          to: 'apigateway.amazonaws.com',
          from: `arn:aws:execute-api:ap-southeast-2:111122223333:<${api?.id}>/<${stage?.id}>/${route}`,
        })),
      ),
    );
  });

  test('throttles, and logs each request without what could be secret', () => {
    const [everywhere] = stage?.Properties.MethodSettings ?? [];

    expect(everywhere).toMatchObject({
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: 10,
      ThrottlingBurstLimit: 20,
      LoggingLevel: 'OFF',
      DataTraceEnabled: false,
    });
    expect(Object.values(JSON.parse(stage?.Properties.AccessLogSetting.Format))).toEqual([
      '$context.requestId',
      '$context.extendedRequestId',
      '$context.requestTime',
      '$context.httpMethod',
      '$context.resourcePath',
      '$context.status',
      '$context.identity.userArn',
      '$context.integration.latency',
      '$context.responseLatency',
      '$context.error.responseType',
    ]);
  });
});

test.each([
  ['the usual limit', '', 256],
  ['the highest limit', 'limits: { answerBytes: 33554432 }', 544],
])('memory for answers of %s', (_what, limits, megabytes) => {
  const { relay } = synthesis(`
region: eu-west-1
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
    ${limits}
`);

  expect(relay('prod').function.Properties.MemorySize).toBe(megabytes);
});

test('time-outs form a ladder, from API Gateway to the post', () => {
  for (const [index, name] of ['prod', 'next'].entries()) {
    const { timeouts } = made.relay(name).environmentFile as { timeouts: Record<string, number> };
    const ladder = [
      methods[index]?.Properties.Integration.TimeoutInMillis / 1000,
      made.relay(name).function.Properties.Timeout,
      timeouts.abortSeconds,
      timeouts.postSeconds,
      timeouts.connectSeconds,
    ];

    expect(ladder).toEqual(ladder.toSorted((a, b) => b - a));
    expect(new Set(ladder).size).toBe(5);
  }
});

test('every log group ends its lines after a month, and outlives the stack until then', () => {
  const groups = made.resources('AWS::Logs::LogGroup');

  expect(groups).toHaveLength(3);
  for (const { Properties, DeletionPolicy } of groups) {
    expect([Properties.RetentionInDays, DeletionPolicy]).toEqual([30, 'Retain']);
  }
});

test('every function writes to a log group of its own', () => {
  const named = made.resources('AWS::Lambda::Function').map(({ Properties }) => Properties.LoggingConfig.LogGroup.Ref);

  expect(new Set(named).size).toBe(2);
});

test('the outputs say where the API is and what a caller needs', () => {
  expect(readable(made.outputs.Url?.Value)).toMatch(
    /^https:\/\/<.*>\.execute-api\.ap-southeast-2\.<AWS::URLSuffix>\/<.*>\/$/,
  );
  expect(readable(made.outputs.InvokeArn?.Value)).toBe(
    `arn:aws:execute-api:ap-southeast-2:111122223333:<${api?.id}>/v1/*/environments/*`,
  );
});

test('two runs give the same template', () => {
  expect(synthesis(CONFIG).text).toBe(made.text);
});

test('nothing but what is ours stands in the template', () => {
  expect(made.text).not.toContain('CDK::Metadata');
  expect(JSON.parse(made.text)).not.toHaveProperty('Parameters');
});
