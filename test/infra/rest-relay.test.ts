import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FRONT_FUNCTION, OPERATION_FOLDER, REST_FUNCTION } from '../../contract/function-names.ts';
import { evaluatePolicies } from '../../local/iam/evaluate-policies.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { resolveReferences, TEST_ACCOUNT, TEST_REGION } from './resolve-references.ts';
import { type SynthesizedStack, synthesizeConfig, type TemplateResource } from './synthesize-config.ts';

/** `prod` offers the REST API, `next` does not. */
const withRest = (rules: readonly string[], settings = ''): string =>
  TWO_ENVIRONMENTS.replace('mwaaName: analytics', `mwaaName: analytics\n    rest: true\n    ${settings}`)
    .replace('may: [dags list, dags pause *]', `may: ${JSON.stringify(rules)}`)
    .replace('api: {', `api: { ${OIDC_CONFIG},`);
const synthesized = synthesizeConfig(withRest(['api GET /dags']));

function findFunctions({ resources }: SynthesizedStack, handler: string): TemplateResource[] {
  return resources('AWS::Lambda::Function').filter(({ Properties }) => Properties.Handler === handler);
}

function readFile<T>({ folder }: SynthesizedStack, { Properties }: TemplateResource, name: string): T {
  return JSON.parse(readFileSync(join(folder, `asset.${Properties.Code.S3Key.replace(/\.zip$/, '')}`, name), 'utf8'));
}

const findRole = (stack: SynthesizedStack, { Properties }: TemplateResource): TemplateResource =>
  stack.resources('AWS::IAM::Role').find(({ id }) => id === Properties.Role['Fn::GetAtt'][0])!;

const [restRelay] = findFunctions(synthesized, REST_FUNCTION.handler);

test('an environment has a REST relay only if it offers the REST API', () => {
  expect(findFunctions(synthesized, REST_FUNCTION.handler)).toHaveLength(1);
  expect(readFile(synthesized, restRelay!, REST_FUNCTION.dataFile)).toMatchObject({
    name: 'prod',
    mwaaName: 'analytics',
    airflowRole: 'Viewer',
    notes: true,
    operations: { airflow: '2.10.3', basePath: '/api/v1' },
  });
});

test('it has slots of its own, the network of the relay, and the log of the relays', () => {
  const { function: relay } = synthesized.relay('prod');
  expect(restRelay!.Properties.ReservedConcurrentExecutions).toBe(10);
  expect(relay.Properties.ReservedConcurrentExecutions).toBe(2);
  expect(restRelay!.Properties.VpcConfig).toEqual(relay.Properties.VpcConfig);
  expect(restRelay!.Properties.LoggingConfig).toEqual(relay.Properties.LoggingConfig);
});

test('the front knows it and the operations of its release', () => {
  const [front] = findFunctions(synthesized, FRONT_FUNCTION.handler);
  const { environments } = readFile<{ environments: Record<string, { rest?: { relay: string } }> }>(
    synthesized,
    front!,
    FRONT_FUNCTION.dataFile,
  );
  expect(environments.prod?.rest).toEqual({ relay: restRelay!.Properties.FunctionName, slots: 10, notes: true });
  expect(environments.next?.rest).toBeUndefined();
  expect(readFile(synthesized, front!, `${OPERATION_FOLDER}/2.10.3.json`)).toMatchObject({ airflow: '2.10.3' });
});

test('the API has one route for it, behind both doors, and none if no environment offers the REST API', () => {
  const list = (stack: SynthesizedStack) =>
    stack
      .resources('AWS::ApiGateway::Method')
      .filter(({ Properties }) => Properties.HttpMethod === 'ANY')
      .map(({ Properties }) => Properties.AuthorizationType);
  expect(list(synthesized).sort()).toEqual(['AWS_IAM', 'CUSTOM']);
  expect(list(synthesizeConfig(TWO_ENVIRONMENTS))).toEqual([]);
});

describe('its role', () => {
  const role = (airflowRole: string, name = 'analytics') =>
    `arn:aws:airflow:${TEST_REGION}:${TEST_ACCOUNT}:role/${name}/${airflowRole}`;
  const environment = `arn:aws:airflow:${TEST_REGION}:${TEST_ACCOUNT}:environment/analytics`;

  async function isAllowed(stack: SynthesizedStack, target: TemplateResource, action: string, resource: string) {
    const policies = findRole(stack, target).Properties.Policies.map(
      ({ PolicyDocument }: { PolicyDocument: unknown }) => resolveReferences(stack, PolicyDocument),
    );
    const arn = `arn:aws:sts::${TEST_ACCOUNT}:assumed-role/relay/session`;
    const { allowed } = await evaluatePolicies({
      principal: { arn, account: TEST_ACCOUNT, policies } as never,
      action,
      resource,
      conditionKeys: {},
    });
    return allowed;
  }

  test.each([
    ['airflow:CreateWebLoginToken', role('Viewer'), true],
    ['airflow:CreateWebLoginToken', role('User'), false],
    ['airflow:CreateWebLoginToken', role('Admin'), false],
    ['airflow:CreateWebLoginToken', role('Viewer', 'other'), false],
    ['airflow:CreateCliToken', environment, false],
    ['airflow:InvokeRestApi', role('Viewer'), false],
  ])('%s on %s: %s', async (action, resource, expected) => {
    expect(await isAllowed(synthesized, restRelay!, action, resource)).toBe(expected);
  });

  test('the relay cannot create web login tokens', async () => {
    const { function: relay } = synthesized.relay('prod');
    expect(await isAllowed(synthesized, relay, 'airflow:CreateWebLoginToken', role('Viewer'))).toBe(false);
    expect(await isAllowed(synthesized, relay, 'airflow:CreateCliToken', environment)).toBe(true);
  });

  test.each<[rules: string[], settings: string, expected: string]>([
    [['dags list'], '', 'Viewer'],
    [['api GET /dags/*/dagRuns'], '', 'Viewer'],
    [['api POST /dags/*/dagRuns --conf=*'], '', 'User'],
    [['api GET /dags', 'api GET /variables'], '', 'Op'],
    [['api GET /eventLogs'], '', 'Admin'],
    [['api GET /eventLogs'], 'restRole: Viewer', 'Viewer'],
    [['api GET /dags'], 'restRole: Public', 'Public'],
    [['dags trigger *'], '', 'User'],
    [['dags pause *'], '', 'User'],
    [['variables set * *'], '', 'Op'],
    [['@read'], '', 'Op'],
    [['@trigger'], '', 'User'],
  ])('with the rules %j and "%s", it may log in as %s', (rules, settings, expected) => {
    const stack = synthesizeConfig(withRest(rules, settings));
    const [target] = findFunctions(stack, REST_FUNCTION.handler);
    const document = findRole(stack, target!).Properties.Policies.find(
      ({ PolicyName }: { PolicyName: string }) => PolicyName === 'WebLogin',
    ).PolicyDocument;
    const { Statement } = resolveReferences<{ Statement: { Resource: string }[] }>(stack, document);
    expect(Statement.map(({ Resource }) => Resource)).toEqual([role(expected)]);
  });
});

describe('the stack names the Airflow role of each environment that offers the REST API', () => {
  test.each<[what: string, text: string, role: string | undefined]>([
    ['the least that its rules need', withRest(['api GET /dags']), 'prod: Viewer'],
    ['of a command whose requests are covered', withRest(['dags trigger *']), 'prod: User'],
    ['the configured one', withRest(['api GET /dags'], 'restRole: Op'), 'prod: Op'],
    ['none', TWO_ENVIRONMENTS, undefined],
  ])('%s', (_what, text, role) => {
    const { outputs, resources } = synthesizeConfig(text);
    expect(outputs.AirflowRoles?.Value).toBe(role);
    const login = JSON.stringify(resources('AWS::IAM::Role').map(({ Properties }) => Properties.Policies));
    if (role === undefined) expect(login).not.toContain('CreateWebLoginToken');
    else expect(login).toContain(`:role/analytics/${role.replace('prod: ', '')}`);
  });
});
