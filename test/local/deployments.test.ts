import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlayedStack } from '../../local/cloudformation/play-stack.ts';
import { DEPLOYMENT_ACCOUNT, PARTNER_ACCOUNT } from '../fixtures/deployment-config.ts';
import { readRecipe, readTerraform, readYamlRecipe, synthesizeRecipe } from './deployment-recipes.ts';
import { createTemplate, type DeploymentStack, readAirflow, startDeploymentStack } from './deployment-stack.ts';
import { findSecrets } from './search-secrets.ts';
import { RUNS_ALL, selectReleases } from './select-releases.ts';

const RELEASES = ['2.10.3', '2.4.3', '2.11.2', '3.0.6', '3.3.1'];

/** The secrets of these tests. The second one is no URI, so that Airflow quotes it when it rejects it. */
const URI = 'postgresql://reader:mark-7f31-word@db.example.com/warehouse';
const NO_URI = 'mark-9c02-no-uri';
const VALUES = {
  uri: { SecretsManager: 'airflow/warehouse', Key: 'uri' },
  noUri: { SsmParameter: '/airflow/no-uri' },
};
const ADD = ['connections delete team_db', 'connections add team_db --conn-uri={uri}'];
const EMPTY = { variables: [], connections: [], runs: [] };

const getReasons = ({ events }: PlayedStack): string[] => events.flatMap(({ reason }) => reason ?? []);

describe.each(selectReleases(RELEASES, (release) => release === '2.10.3'))('deployments on Airflow %s', (release) => {
  let stack: DeploymentStack;
  const folder = mkdtempSync(join(tmpdir(), 'recipes-'));
  let template: (properties: Readonly<Record<string, unknown>>) => ReturnType<typeof createTemplate>;
  let oldRuns: readonly string[] = [];
  let count = 0;
  const create = () => {
    count += 1;
    return stack.createStack(`Settings${count}`);
  };
  /** The state of Airflow, with the runs since the start of the test. */
  const read = () => {
    const { runs, variables, connections } = readAirflow(stack);
    return { variables, connections, runs: runs.filter((run) => !oldRuns.includes(run)) };
  };
  const startTest = () => {
    oldRuns = readAirflow(stack).runs;
  };
  beforeAll(async () => {
    stack = await startDeploymentStack(release, { onProgress: console.error });
    template = (properties) => createTemplate(stack.getServiceToken('settings'), properties);
    const { aws } = stack;
    if (aws === undefined) throw new Error('moto is not available');
    await aws.client.call('secretsmanager', 'CreateSecret', {
      Name: 'airflow/warehouse',
      SecretString: JSON.stringify({ uri: URI }),
    });
    await aws.client.call('secretsmanager', 'CreateSecret', { Name: 'other', SecretString: 'x' });
    await aws.client.call('secretsmanager', 'CreateSecret', {
      Name: 'reporting/warehouse',
      SecretString: JSON.stringify({ uri: URI }),
    });
    await aws.client.call('ssm', 'PutParameter', { Name: '/airflow/no-uri', Value: NO_URI, Type: 'SecureString' });
  });
  afterAll(async () => {
    await stack?.close();
    rmSync(folder, { recursive: true });
  });

  test('the recipes for CloudFormation and for a stack of Terraform: create, an update delivered twice, delete', async () => {
    startTest();
    const settings = stack.createStack('reporting-settings');
    const serviceToken = stack.getServiceToken('reporting');
    const status = await settings.deploy(readYamlRecipe(), { parameters: { ServiceToken: serviceToken } });
    expect(status, getReasons(settings).join()).toBe('CREATE_COMPLETE');
    const created = { variables: ['reporting_bucket'], connections: ['reporting_warehouse db.example.com'], runs: [] };
    expect(read()).toEqual(created);

    expect(readRecipe('stack.tf')).toContain('file("${path.module}/settings.yaml")');
    const parameters = readTerraform('stack.tf', 'parameters', { service_token: serviceToken }) as Record<
      string,
      string
    >;
    const delivery = { Settings: { copies: 2 } };
    expect(await settings.deploy(readYamlRecipe(), { parameters, delivery })).toBe('UPDATE_COMPLETE');
    await settings.settle();
    expect(await settings.deploy(readYamlRecipe(), { parameters })).toBe('UPDATE_COMPLETE');
    expect(read()).toEqual(created);
    expect(await settings.delete()).toBe('DELETE_COMPLETE');
    expect(read()).toEqual(EMPTY);
    expect(getReasons(settings)).toEqual([]);
  });

  test('the recipe for an invocation by Terraform', async () => {
    startTest();
    const role = String(readTerraform('stack.tf', 'iam_role_arn')).split('/')[1]!;
    const deployer = stack.getPrincipal(DEPLOYMENT_ACCOUNT, role);
    const input = readTerraform('invocation.tf', 'input') as object;
    const invoke = (action: string) =>
      stack.invoke('reporting', deployer, { ...input, tf: { action, prev_input: null } });
    const succeeded = { Id: 'reporting-settings', Commands: [{ Outcome: 'succeeded' }, { Outcome: 'succeeded' }] };
    expect(await invoke('create')).toMatchObject(succeeded);
    expect(await invoke('update')).toMatchObject(succeeded);
    expect(read()).toEqual({ variables: ['reporting_bucket'], connections: [], runs: [expect.any(String)] });
    expect(await invoke('delete')).toMatchObject({ Commands: [{ Outcome: 'succeeded' }] });
    expect(read().variables).toEqual([]);
  });

  test.runIf(RUNS_ALL)('the recipe for the CDK', async () => {
    startTest();
    const settings = stack.createStack('ReportingSettings');
    const recipe = await synthesizeRecipe(folder, stack.getServiceToken('reporting'));
    expect(await settings.deploy(recipe), getReasons(settings).join()).toBe('CREATE_COMPLETE');
    expect(read()).toEqual({
      variables: ['reporting_bucket'],
      connections: ['reporting_warehouse db.example.com'],
      runs: [expect.any(String)],
    });
    expect(await settings.delete()).toBe('DELETE_COMPLETE');
    expect({ ...read(), runs: [] }).toEqual(EMPTY);
  });

  test.runIf(RUNS_ALL)('create, the same update delivered twice, another update, delete', async () => {
    startTest();
    const settings = create();
    const properties = {
      OnCreate: ['variables set team_a 1', ...ADD, ['dags', 'trigger', 'daily_report', '--conf={"n": 1}']],
      OnDelete: ['variables delete team_a', 'connections delete team_db'],
      Values: VALUES,
    };
    expect(await settings.deploy(template(properties)), getReasons(settings).join()).toBe('CREATE_COMPLETE');
    const created = read();
    expect(created).toEqual({
      variables: ['team_a'],
      connections: ['team_db db.example.com'],
      runs: [settings.resources.get('Settings')!.data.RunId],
    });
    const { physicalId } = settings.resources.get('Settings')!;

    const update = template({ ...properties, Revision: 2 });
    expect(await settings.deploy(update, { delivery: { Settings: { copies: 2 } } })).toBe('UPDATE_COMPLETE');
    await settings.settle();
    expect(read().runs).toHaveLength(2);
    expect(await settings.deploy(update)).toBe('UPDATE_COMPLETE');
    expect(read().runs).toHaveLength(2);

    const changed = { ...properties, Revision: 3, OnUpdate: ['variables set team_b 2', 'variables delete team_a'] };
    expect(await settings.deploy(template(changed))).toBe('UPDATE_COMPLETE');
    expect(read()).toMatchObject({ variables: ['team_b'], connections: ['team_db db.example.com'] });
    expect(settings.resources.get('Settings')).toMatchObject({ physicalId });

    const last = { ...changed, OnDelete: ['variables delete team_b', 'connections delete team_db'] };
    await settings.deploy(template(last));
    expect(await settings.delete({ delivery: { Settings: { copies: 2, late: true } } })).toBe('DELETE_COMPLETE');
    await settings.settle();
    expect({ ...read(), runs: [] }).toEqual(EMPTY);
    expect(getReasons(settings)).toEqual([]);
  });

  test('an update with a failing command is rolled back, and the event has the words of Airflow', async () => {
    startTest();
    const settings = create();
    const properties = { OnCreate: ['variables set team_a 1'], OnDelete: ['variables delete team_a'], Values: VALUES };
    await settings.deploy(template(properties));
    const failing = {
      ...properties,
      OnUpdate: ['variables set team_c 1', 'connections add team_x --conn-uri={noUri}', 'variables set team_d 1'],
    };
    expect(await settings.deploy(template(failing))).toBe('UPDATE_ROLLBACK_COMPLETE');
    const [reason = ''] = getReasons(settings);
    expect(reason).toContain('Command 2 of 3 (connections add team_x --conn-uri={noUri}) failed (command-failed)');
    expect(reason).toMatch(/The command failed in Airflow: .*(?:URI|conn-uri).*\*\*\*/);
    expect(reason).toContain('Command 1 ran before it.');
    // What the failed update has set stays: no command of the old properties deletes it.
    expect(read()).toEqual({ ...EMPTY, variables: ['team_a', 'team_c'] });
    const cleaned = { ...properties, OnUpdate: ['variables delete team_c'] };
    expect(await settings.deploy(template(cleaned))).toBe('UPDATE_COMPLETE');
    expect(await settings.delete()).toBe('DELETE_COMPLETE');
    expect(read()).toEqual(EMPTY);
  });

  test.runIf(RUNS_ALL)('a creation that fails is undone as far as it ran, and deletes nothing of others', async () => {
    startTest();
    const other = create();
    await other.deploy(
      template({
        OnCreate: ['connections add team_other --conn-uri={uri}'],
        OnDelete: ['connections delete team_other'],
        Values: VALUES,
      }),
    );
    const settings = create();
    const status = await settings.deploy(
      template({
        OnCreate: ['variables set team_a 1', 'connections add team_other --conn-uri={uri}'],
        OnDelete: ['variables delete team_a', 'connections delete team_other'],
        Values: VALUES,
      }),
    );
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(getReasons(settings)[0]).toContain('A connection with `conn_id`=team_other already exists.');
    expect(read()).toEqual({ ...EMPTY, connections: ['team_other db.example.com'] });
    expect(await other.delete()).toBe('DELETE_COMPLETE');
    expect(read()).toEqual(EMPTY);
  });

  test('a lost response: what ran stays, and the next deployment finds it', async () => {
    startTest();
    const properties = {
      OnCreate: ['variables set team_a 1', 'dags trigger daily_report'],
      OnDelete: ['variables delete team_a'],
    };
    const lost = create();
    stack.bucket.setFault({ answer: 403, times: 1 });
    await stack.gateway.controls.endIdle();
    const deploying = lost.deploy(template(properties), { disableRollback: true });
    expect(await deploying).toBe('CREATE_FAILED');
    expect(getReasons(lost)[0]).toContain('did not receive a response');
    await stack.gateway.controls.endIdle();
    expect(read()).toMatchObject({ variables: ['team_a'] });
    expect(read().runs).toHaveLength(1);
    // The same stack is tried again, with the same request id.
    expect(await lost.deploy(template(properties))).toBe('CREATE_COMPLETE');
    expect(read().runs).toHaveLength(1);
    expect(await lost.delete()).toBe('DELETE_COMPLETE');
    expect(read().variables).toEqual([]);
  });

  test.runIf(RUNS_ALL)('a lost response before a rollback: nothing is undone that is not known', async () => {
    startTest();
    const properties = { OnCreate: ['variables set team_a 1'], OnDelete: ['variables delete team_a'] };
    // Without a response there is no physical id of ours, and another process knows nothing of what ran.
    const rolledBack = create();
    stack.bucket.setFault({ answer: 403, times: 1 });
    await rolledBack.deploy(template(properties), {
      disableRollback: true,
    });
    await stack.gateway.controls.endIdle();
    expect(await rolledBack.delete()).toBe('DELETE_COMPLETE');
    expect(read().variables).toEqual(['team_a']);
    expect(stack.logs.lines().some(({ message }) => message.includes('"deployment":"delete"'))).toBe(true);

    const repaired = create();
    stack.bucket.setFault({ answer: 503, times: 2 });
    expect(await repaired.deploy(template(properties))).toBe('CREATE_COMPLETE');
    expect(await repaired.delete()).toBe('DELETE_COMPLETE');
    expect(read().variables).toEqual([]);
  });

  test.runIf(RUNS_ALL)('an answer of Airflow that is lost: the command is repeated, and there is one run', async () => {
    startTest();
    const settings = create();
    await stack.setFault('reset-after-run', { maxHits: 1 });
    const status = await settings.deploy(
      template({
        OnCreate: ['dags trigger daily_report', ...ADD],
        OnDelete: ['connections delete team_db'],
        Values: VALUES,
      }),
    );
    await stack.setFault();
    expect(status, getReasons(settings).join()).toBe('CREATE_COMPLETE');
    expect(read()).toMatchObject({ connections: ['team_db db.example.com'], runs: [expect.any(String)] });
    expect(await settings.delete()).toBe('DELETE_COMPLETE');
  });

  test.runIf(RUNS_ALL)('a deletion that overtakes a creation waits for it, and undoes it', async () => {
    startTest();
    const settings = create();
    const properties = {
      OnCreate: ['variables set team_a 1', 'variables set team_b 1'],
      OnDelete: ['variables delete team_a', 'variables delete team_b'],
    };
    const status = await settings.deploy(template(properties), { delivery: { Settings: { cancelAfterMs: 200 } } });
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(getReasons(settings)).toEqual(['Resource creation cancelled']);
    await settings.settle();
    expect(read()).toEqual(EMPTY);
  });

  test.runIf(RUNS_ALL)('events that come again after the end change nothing', async () => {
    startTest();
    const settings = create();
    const properties = {
      OnCreate: ['variables set team_a 1', 'dags trigger daily_report'],
      OnDelete: ['variables delete team_a'],
    };
    await settings.deploy(template(properties), { delivery: { Settings: { copies: 2, late: true } } });
    expect(read().runs).toHaveLength(1);
    await settings.delete({ delivery: { Settings: { late: true } } });
    expect(read().variables).toEqual([]);
  });

  test('a secret that the deployment may not read: nothing runs', async () => {
    const settings = create();
    const properties = { OnCreate: ['variables set team_a {v}'], Values: { v: { SecretsManager: 'other' } } };
    expect(await settings.deploy(template(properties))).toBe('ROLLBACK_COMPLETE');
    expect(getReasons(settings)[0]).toMatch(
      /\{v\} cannot be read\. AccessDeniedException\. Add its ARN to secrets.*Nothing ran\.$/,
    );
  });

  test('only the roles of a deployment may invoke its function, from other accounts too', async () => {
    const partner = stack.getPrincipal(PARTNER_ACCOUNT, 'deploy');
    const engineer = stack.getPrincipal('111122223333', 'engineer');
    const { invoke } = stack;
    const event = {
      Environment: 'prod',
      OnCreate: ['variables set partner_a 1'],
      OnDelete: ['variables delete partner_a'],
    };
    await expect(invoke('settings', partner, event)).rejects.toThrow(/not authorized/);
    await expect(invoke('partner', engineer, event)).rejects.toThrow(/explicit deny/);
    expect(await invoke('partner', partner, event)).toEqual({
      Commands: [{ Command: 'variables set partner_a 1', Outcome: 'succeeded' }],
    });
    expect(read().variables).toEqual(['partner_a']);
    expect(await invoke('partner', partner, { ...event, tf: { action: 'delete' } })).toMatchObject({ Commands: [{}] });
    expect(await invoke('partner', partner, { ...event, OnCreate: ['variables set team_a 1'] })).toMatch(
      /not granted|must match/,
    );
    expect(await invoke('partner', partner, { ...event, OnCreate: ['dags trigger daily_report'] })).toMatch(
      /A trigger needs Id/,
    );
    expect(read().variables).toEqual([]);
  });

  test('no secret is in a log, an event or a response', () => {
    const written = [
      ...stack.logs.lines().map(({ group, message }) => ({ where: group, text: message })),
      ...stack.bucket.received.map((text) => ({ where: 'response', text })),
    ];
    expect(findSecrets({ uri: ['mark-7f31', '7f31-word'], noUri: ['mark-9c02', 'no-uri '] }, written)).toEqual([]);
    expect(findSecrets({ url: ['X-Amz-Signature'] }, written)).toEqual([]);
    expect(written.length).toBeGreaterThan(40);
  });
});
