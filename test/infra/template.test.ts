import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  API_ENVIRONMENT_VARIABLES,
  CATALOG_FOLDER,
  FRONT_FUNCTION,
  RELAY_FUNCTION,
} from '../../contract/function-names.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, synthesizeConfig } from './synthesize-config.ts';

const synthesized = synthesizeConfig(TWO_ENVIRONMENTS);
const functions = synthesized.resources('AWS::Lambda::Function');
const [api] = synthesized.resources('AWS::ApiGateway::RestApi');

describe('the relays', () => {
  test('there is one for each enabled environment', () => {
    expect(functions.map(({ Properties }) => Properties.Handler)).toEqual([
      FRONT_FUNCTION.handler,
      RELAY_FUNCTION.handler,
      RELAY_FUNCTION.handler,
    ]);
    expect(synthesized.texts.join()).not.toContain('dormant');
  });

  test('have the runtime and architecture that their code expects, and no variables', () => {
    const { Environment, Runtime, Architectures } = synthesized.relay('prod').function.Properties;

    expect([Environment, Runtime, Architectures]).toEqual([undefined, 'nodejs24.x', ['arm64']]);
  });

  test('have the names by which the front calls them', () => {
    const { environments } = readFunctionFile(FRONT_FUNCTION.handler, FRONT_FUNCTION.dataFile) as {
      environments: Record<string, { relay: string }>;
    };

    for (const name of ['prod', 'next']) {
      const { FunctionName } = synthesized.relay(name).function.Properties;
      expect(FunctionName).toMatch(new RegExp(`^MwaaCliProxy-[0-9a-f]{8}-relay-${name}$`));
      expect(environments[name]?.relay).toBe(FunctionName);
    }
  });

  test('reserve the concurrency of the environment, unless it is unreserved', () => {
    expect(synthesized.relay('prod').function.Properties.ReservedConcurrentExecutions).toBe(2);
    expect(synthesized.relay('next').function.Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('the metadata of the template lists the rules of each caller', () => {
    expect(Object.values(JSON.parse(synthesized.texts[1] ?? '').Metadata)).toEqual([
      'etl may: dags list',
      'etl may: dags pause *',
      'etl2 may: dags list',
      'etl2 may: dags pause *',
      'everyone may: version',
    ]);
  });
});

describe('the data file of a relay', () => {
  test('contains only the active grants of its environment, with their lines', () => {
    expect(synthesized.relay('prod').environmentFile).toMatchObject({
      grants: [
        { who: ['everyone'], may: ['version'], line: 25 },
        { who: ['etl', 'etl2'], may: ['dags list', 'dags pause *'], line: 26 },
      ],
    });
    expect(synthesized.relay('next').environmentFile).toMatchObject({
      grants: [{ who: ['everyone'], may: ['version'], line: 25 }],
    });
  });

  test('contains exactly what the relay reads', () => {
    const { grants, catalog, ...rest } = synthesized.relay('next').environmentFile as Record<string, unknown>;

    expect(rest).toEqual({
      name: 'next',
      mwaaName: 'next',
      airflow: '3.0.6',
      webServerHostname: 'airflow.example.com',
      webServerDomains: [],
      timeouts: { abortSeconds: 218, postSeconds: 100, connectSeconds: 5, tokenSeconds: 10, busySeconds: 20 },
      limits: { answerBytes: 8_388_608, outputBytes: 4_194_304 },
    });
    expect(catalog).toMatchObject({ airflow: '3.0.6' });
    expect(Object.keys(synthesized.relay('prod').environmentFile as object)).not.toContain('webServerHostname');
  });

  test('contains the name of the environment in MWAA', () => {
    expect(synthesized.relay('prod').environmentFile).toMatchObject({ name: 'prod', mwaaName: 'analytics' });
  });

  test('is the only data file of a relay, and contains nothing about other environments', () => {
    const assets = readdirSync(synthesized.folder).filter((name) => name.startsWith('asset.'));
    const listFiles = (asset: string) => readdirSync(join(synthesized.folder, asset)).sort();
    const relays = assets.filter((asset) => listFiles(asset).includes(RELAY_FUNCTION.dataFile));

    expect(relays.map(listFiles)).toEqual([
      [RELAY_FUNCTION.dataFile, RELAY_FUNCTION.bundleFile].sort(),
      [RELAY_FUNCTION.dataFile, RELAY_FUNCTION.bundleFile].sort(),
    ]);
    const texts = relays.map((asset) => readFileSync(join(synthesized.folder, asset, RELAY_FUNCTION.dataFile), 'utf8'));
    expect(texts.filter((text) => text.includes('etl2'))).toHaveLength(1);
  });
});

/** Reads a data file of the function with this handler. */
function readFunctionFile(handler: string, file: string, stack = synthesized): unknown {
  const functionsWithHandler = stack
    .resources('AWS::Lambda::Function')
    .filter(({ Properties }) => Properties.Handler === handler);
  expect(functionsWithHandler).toHaveLength(1);
  const asset = `asset.${functionsWithHandler[0]?.Properties.Code.S3Key.replace(/\.zip$/, '')}`;
  return JSON.parse(readFileSync(join(stack.folder, asset, file), 'utf8'));
}

test('the front function has the grants and catalogs of the enabled environments', () => {
  expect(readFunctionFile(FRONT_FUNCTION.handler, FRONT_FUNCTION.dataFile)).toEqual({
    respondSeconds: 286,
    acceptsTokens: false,
    grants: [
      { who: ['everyone'], may: ['version'], line: 25 },
      { who: ['etl', 'etl2'], may: ['dags list', 'dags pause *'], line: 26 },
    ],
    environments: {
      prod: {
        airflow: '2.10.3',
        grants: [0, 1],
        relay: synthesized.relay('prod').function.Properties.FunctionName,
        slots: 2,
        queueSeconds: 60,
        maxQueueSeconds: 66,
      },
      next: {
        airflow: '3.0.6',
        grants: [0],
        relay: synthesized.relay('next').function.Properties.FunctionName,
        slots: 'unreserved',
        queueSeconds: 60,
        maxQueueSeconds: 66,
      },
    },
  });
  for (const release of ['2.10.3', '3.0.6']) {
    expect(readFunctionFile(FRONT_FUNCTION.handler, `${CATALOG_FOLDER}/${release}.json`)).toMatchObject({
      airflow: release,
    });
  }
});

test('the authorizer has the issuer and the callers that grants name, and no commands', () => {
  const text = TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`)
    .replace('who: everyone', 'who: ["oidc:groups=data", everyone]')
    .replace('who: sleeper', 'who: "oidc:sub=sleeper"');

  expect(readFunctionFile('authorizer.handler', 'authorizer.json', synthesizeConfig(text))).toEqual({
    issuer: 'https://id.example.com',
    audience: ['mwaa-cli-proxy'],
    jwksUri: 'https://id.example.com/.well-known/jwks.json',
    requiredClaims: { org: ['data'] },
    who: ['oidc:groups=data'],
  });
});

test.each([
  ['the default limit', '', 256],
  ['the maximum limit', 'limits: { answerBytes: 33554432 }', 544],
])('sets the memory of the relay for %s of answerBytes', (_what, limits, megabytes) => {
  const { relay } = synthesizeConfig(`
region: eu-west-1
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
    ${limits}
`);

  expect(relay('prod').function.Properties.MemorySize).toBe(megabytes);
});

describe('the timeouts decrease from API Gateway to the connection', () => {
  test.each([
    ['stream', 290],
    ['buffered', 29],
  ])('with responses: %s', (responses, integrationSeconds) => {
    const stack = synthesizeConfig(
      TWO_ENVIRONMENTS.replace('api: {', `api: { responses: ${responses},`).replace('{ postSeconds: 100 }', '{}'),
    );
    const front = stack
      .resources('AWS::Lambda::Function')
      .find(({ Properties }) => Properties.Handler.includes('front'));
    const [method] = stack.resources('AWS::ApiGateway::Method');
    const frontFile = readFunctionFile(front?.Properties.Handler, FRONT_FUNCTION.dataFile, stack) as {
      respondSeconds: number;
      environments: Record<string, { queueSeconds: number; maxQueueSeconds: number }>;
    };
    for (const name of ['prod', 'next']) {
      const { function: relay, environmentFile } = stack.relay(name);
      const { timeouts } = environmentFile as { timeouts: Record<string, number> };
      const ladder = [
        method?.Properties.Integration.TimeoutInMillis / 1000,
        front?.Properties.Timeout,
        frontFile.respondSeconds,
        relay.Properties.Timeout,
        timeouts.abortSeconds ?? 0,
        timeouts.postSeconds ?? 0,
        timeouts.connectSeconds ?? 0,
      ];

      expect(ladder).toEqual([...new Set(ladder)].toSorted((a, b) => b - a));
      expect(ladder[0]).toBe(integrationSeconds);
      const { queueSeconds = 0, maxQueueSeconds = 0 } = frontFile.environments[name] ?? {};
      expect(queueSeconds).toBeLessThanOrEqual(maxQueueSeconds);
      expect(maxQueueSeconds + relay.Properties.Timeout).toBe(frontFile.respondSeconds);
    }
  });
});

describe('log groups', () => {
  test('expire lines after 400 days, and are retained when the stack is deleted', () => {
    const groups = synthesized.resources('AWS::Logs::LogGroup');

    expect(groups).toHaveLength(3);
    for (const { Properties, DeletionPolicy } of groups) {
      expect([Properties.RetentionInDays, DeletionPolicy]).toEqual([400, 'Retain']);
    }
  });

  test('are three for any number of environments: the access log, the front, and the relays', () => {
    const groups = functions.map(({ Properties }) => Properties.LoggingConfig.LogGroup.Ref);

    expect(new Set(groups).size).toBe(2);
    for (const group of groups)
      expect(synthesized.resources('AWS::Logs::LogGroup').map(({ id }) => id)).toContain(group);
  });
});

test('KMS key, permissions boundary, tags, and retention apply to all resources', () => {
  const key = 'arn:aws:kms:ap-southeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const { resources } = synthesizeConfig(
    `${TWO_ENVIRONMENTS}
kmsKey: ${key}
permissionsBoundary: team/boundary
tags: { owner: data }
logs: { retentionDays: 90 }
`.replace('api: {', `api: { ${OIDC_CONFIG},`),
  );
  const roles = resources('AWS::IAM::Role');

  expect(roles).toHaveLength(4);
  for (const { Properties } of roles) {
    expect(formatIntrinsics(Properties.PermissionsBoundary)).toBe('arn:aws:iam::111122223333:policy/team/boundary');
  }
  for (const { Properties } of resources('AWS::Logs::LogGroup')) {
    expect([Properties.KmsKeyId, Properties.RetentionInDays]).toEqual([key, 90]);
  }
  const withVariables = resources('AWS::Lambda::Function').filter(({ Properties }) => Properties.Environment);
  expect(withVariables.map(({ Properties }) => Properties.KmsKeyArn)).toEqual([key]);
  for (const type of ['AWS::Lambda::Function', 'AWS::IAM::Role', 'AWS::Logs::LogGroup', 'AWS::EC2::SecurityGroup']) {
    for (const { Properties } of resources(type))
      expect(Properties.Tags).toContainEqual({ Key: 'owner', Value: 'data' });
  }
});

test('only the front has environment variables: the API and its stage', () => {
  expect(functions.map(({ Properties }) => Properties.Environment?.Variables)).toEqual([
    { [API_ENVIRONMENT_VARIABLES.apiId]: { Ref: api?.id }, [API_ENVIRONMENT_VARIABLES.apiStage]: 'v1' },
    undefined,
    undefined,
  ]);
});

test('the outputs contain the URL of the API and the ARNs for callers', () => {
  expect(formatIntrinsics(synthesized.outputs.Url?.Value)).toMatch(
    /^https:\/\/<.*>\.execute-api\.ap-southeast-2\.<AWS::URLSuffix>\/v1$/,
  );
  expect(formatIntrinsics(synthesized.outputs.InvokeArn?.Value)).toBe(
    ['environments', 'environments/*']
      .map((path) => `arn:aws:execute-api:ap-southeast-2:111122223333:<${api?.id}>/v1/*/${path}`)
      .join(' '),
  );
});

test('two runs create the same templates', () => {
  expect(synthesizeConfig(TWO_ENVIRONMENTS).texts).toEqual(synthesized.texts);
});

test('the template contains no CDK metadata and no parameters', () => {
  expect(synthesized.texts.join()).not.toContain('CDK::Metadata');
  expect(JSON.parse(synthesized.text)).not.toHaveProperty('Parameters');
});
