import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FrontFile } from '../../../../config/front-file.ts';
import { createDeploymentHandler } from '../../../../lambda/deployments/create-deployment-handler.ts';
import type { SecretReference } from '../../../../lambda/deployments/read-properties.ts';
import { SecretError } from '../../../../lambda/deployments/read-secrets.ts';
import { createFrontEnvironments } from '../../../../lambda/front/front-environments.ts';
import { AIRFLOW_2 } from '../../../catalogs.ts';

const FILE: Pick<FrontFile, 'environments' | 'grants'> = {
  environments: {
    prod: { airflow: '2.10.3', grants: [0], relay: 'relay-prod', slots: 2, queueSeconds: 1, maxQueueSeconds: 1 },
  },
  grants: [
    {
      who: ['deployment:settings'],
      may: [
        'variables set team_* *',
        'variables delete team_*',
        'connections add team_* --conn-uri=*',
        'dags trigger report',
      ],
      line: 1,
    },
  ],
};

interface Sent {
  readonly argv: readonly string[];
  readonly idempotencyKey?: string;
  readonly caller: unknown;
}

const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const SUCCEEDED = encode({ status: 200, result: 'succeeded', body: { outcome: 'succeeded', runId: 'run-1' } });
const fail = (detail: string, stderr = '') =>
  encode({
    status: 422,
    result: 'command-failed',
    body: { type: 'urn:mwaa-cli-proxy:problem:command-failed', detail, stdout: '', stderr },
  });

function createFunction({
  relay = () => SUCCEEDED,
  secrets = {},
  answers = true,
}: {
  relay?: (argv: readonly string[]) => Uint8Array;
  secrets?: Readonly<Record<string, string>>;
  answers?: boolean;
} = {}) {
  const sent: Sent[] = [];
  const responses: Record<string, unknown>[] = [];
  const texts: string[] = [];
  let now = Date.parse('2026-11-29T12:00:00Z');
  const handle = createDeploymentHandler({
    caller: 'deployment:settings',
    environments: createFrontEnvironments(FILE, { readCatalog: () => AIRFLOW_2, readOperations: () => ({}) as never }),
    invokeRelay: async (_target, createPayload) => {
      const { action, caller } = JSON.parse(createPayload(0));
      sent.push({ argv: action.argv, caller, ...(action.idempotencyKey && { idempotencyKey: action.idempotencyKey }) });
      return relay(action.argv);
    },
    readSecret: async (reference: SecretReference) => {
      const value = secrets[reference.service === 'ssm' ? reference.name : reference.id];
      if (value === undefined) throw new SecretError('AccessDeniedException.');
      return value;
    },
    now: () => now,
    random: () => 0,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    sendResponse: async (_url, body) => {
      texts.push(body);
      if (!answers) throw new Error('no way');
      responses.push(JSON.parse(body));
    },
  });
  return {
    sent,
    responses,
    texts,
    handle: (event: unknown) => handle(event, { awsRequestId: 'lambda-id', getRemainingTimeInMillis: () => 900_000 }),
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

let url = 0;
const createEvent = (type: string, properties: object, more: object = {}) => ({
  RequestType: type,
  ResponseURL: `https://bucket/${(url++).toString()}`,
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Settings',
  ResourceProperties: { ServiceToken: 'arn', ServiceTimeout: '1860', Environment: 'prod', ...properties },
  ...more,
});

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => vi.restoreAllMocks());

const SETTINGS = {
  OnCreate: ['variables set team_a 1', 'variables set team_b 2'],
  OnDelete: ['variables delete team_a', 'variables delete team_b'],
};

describe('CloudFormation', () => {
  test('create runs the commands in their order, as the declared caller', async () => {
    const { handle, sent, responses } = createFunction();
    await handle(createEvent('Create', SETTINGS));
    expect(sent.map(({ argv }) => argv.join(' '))).toEqual(SETTINGS.OnCreate);
    expect(sent[0]!.caller).toEqual({ declared: 'deployment:settings' });
    expect(responses).toEqual([
      expect.objectContaining({
        Status: 'SUCCESS',
        StackId: 'stack',
        RequestId: 'request',
        LogicalResourceId: 'Settings',
        Reason: '2 commands ran.',
      }),
    ]);
  });

  test('the physical id is the same for each request of a resource, whatever its properties', async () => {
    const { handle, responses } = createFunction({ secrets: { a: 'swordfish' } });
    await handle(createEvent('Create', SETTINGS));
    const { PhysicalResourceId } = responses[0]!;
    await handle(
      createEvent(
        'Update',
        { OnCreate: ['variables set team_a {v}'], Values: { v: { SsmParameter: 'a' } } },
        { PhysicalResourceId },
      ),
    );
    await handle(createEvent('Create', SETTINGS, { StackId: 'another' }));
    expect(responses[1]).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
    expect(responses[2]!.PhysicalResourceId).not.toBe(PhysicalResourceId);
  });

  test('the key of a trigger depends on the resource and its properties, and not on the request', async () => {
    const { handle, sent } = createFunction();
    const trigger = { OnCreate: ['dags trigger report'] };
    await handle(createEvent('Create', trigger));
    await handle(createEvent('Update', trigger, { RequestId: 'another' }));
    await handle(createEvent('Update', { ...trigger, Revision: '2' }));
    await handle(createEvent('Update', trigger));
    await handle(createEvent('Create', trigger, { LogicalResourceId: 'Other' }));
    const [first, repeated, revised, rolledBack, other] = sent.map(({ idempotencyKey }) => idempotencyKey);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect([repeated, rolledBack]).toEqual([first, first]);
    expect(new Set([first, revised, other]).size).toBe(3);
  });

  test.each<[what: string, properties: object, reason: RegExp]>([
    [
      'the second command is not granted',
      { OnCreate: ['variables set team_a 1', 'variables set other 1'] },
      /^Command 2 of 2 \(variables set other 1\): .*must match team_\*.* Nothing ran\.$/,
    ],
    [
      'the deletion is not granted',
      { ...SETTINGS, OnDelete: ['variables delete other'] },
      /^Command 1 of 1 \(OnDelete: variables delete other\): .* Nothing ran\.$/,
    ],
    [
      'the second command is invalid',
      { OnCreate: ['variables set team_a 1', 'variables sett a'] },
      /has no command "variables sett".* Nothing ran\.$/,
    ],
    [
      'a repeat would have a second effect',
      { OnCreate: ['tasks clear report'] },
      /"tasks clear" is not allowed in a deployment/,
    ],
    [
      'a secret cannot be read',
      { OnCreate: ['variables set team_a {v}'], Values: { v: { SsmParameter: 'x' } } },
      /^The value \{v\} cannot be read\. AccessDeniedException\. Nothing ran\.$/,
    ],
    ['the environment is unknown', { Environment: 'test' }, /It can use: prod\. Nothing ran\.$/],
    ['a property is misspelled', { OnCraete: [] }, /Did you mean "OnCreate".* Nothing ran\.$/],
  ])('nothing runs if %s, and the deletion that follows does nothing', async (_what, properties, reason) => {
    const { handle, sent, responses } = createFunction();
    await handle(createEvent('Create', properties));
    expect(responses[0]).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
    await handle(createEvent('Delete', properties, { PhysicalResourceId: responses[0]!.PhysicalResourceId }));
    expect(responses[1]).toMatchObject({ Status: 'SUCCESS', Reason: expect.stringContaining('Nothing was undone') });
    expect(sent).toEqual([]);
  });

  test('a deletion after a failed creation undoes only what ran', async () => {
    const { handle, sent, responses } = createFunction({
      relay: ([, , name]) => (name === 'team_b' ? fail('no') : SUCCEEDED),
    });
    await handle(createEvent('Create', SETTINGS));
    expect(responses[0]).toMatchObject({ Status: 'FAILED', PhysicalResourceId: expect.stringMatching(/\/ran-1$/) });
    sent.length = 0;
    const { PhysicalResourceId } = responses[0]!;
    const another = createFunction();
    await another.handle(createEvent('Delete', SETTINGS, { PhysicalResourceId }));
    expect(another.sent.map(({ argv }) => argv.join(' '))).toEqual(['variables delete team_a']);
    expect(another.responses[0]).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
  });

  test('a creation that is tried again and fails earlier still has what ran before', async () => {
    const { handle, responses } = createFunction({
      relay: ([, , name]) => (name === 'team_b' ? fail('no') : SUCCEEDED),
    });
    await handle(createEvent('Create', SETTINGS));
    await handle(createEvent('Create', { ...SETTINGS, OnCreate: ['variables sett team_a 1'] }));
    expect(responses[1]).toMatchObject({ Status: 'FAILED', PhysicalResourceId: expect.stringMatching(/\/ran-1$/) });
  });

  test('a deletion without commands succeeds, also if the environment is gone', async () => {
    const { handle, sent, responses } = createFunction();
    await handle(createEvent('Create', SETTINGS));
    const { PhysicalResourceId } = responses[0]!;
    await handle(createEvent('Delete', { Environment: 'gone', OnCreate: SETTINGS.OnCreate }, { PhysicalResourceId }));
    expect(responses[1]).toMatchObject({ Status: 'SUCCESS', Reason: 'There is nothing to undo.' });
    expect(sent).toHaveLength(2);
  });

  test('the reason says if Airflow did something else', async () => {
    const { handle, responses } = createFunction({
      relay: () =>
        encode({ status: 200, result: 'succeeded', body: { outcome: 'succeeded', notes: ['part-failed', 'newer'] } }),
    });
    await handle(createEvent('Create', { OnCreate: ['variables set team_a 1'] }));
    expect(responses[0]!.Reason).toMatch(
      /^1 command ran\. variables set team_a 1: .+ variables set team_a 1: newer\.$/,
    );
  });

  test('a creation with an unknown outcome may have run, so it is undone', async () => {
    const { handle, responses } = createFunction({
      relay: () =>
        encode({
          status: 424,
          result: 'outcome-unknown',
          body: { type: 'urn:mwaa-cli-proxy:problem:outcome-unknown', detail: 'lost' },
        }),
    });
    await handle(createEvent('Create', SETTINGS));
    expect(responses[0]).toMatchObject({
      Reason: expect.stringMatching(
        /^Command 1 of 2 \(variables set team_a 1\) may have run \(outcome-unknown\): lost\./,
      ),
      PhysicalResourceId: expect.stringMatching(/\/ran-1$/),
    });
  });

  test('a deletion with an id that is not ours does nothing in another process, and undoes in this one', async () => {
    const invented = { PhysicalResourceId: 'Stack-Settings-0123456789AB' };
    const { handle, sent, responses } = createFunction();
    await handle(createEvent('Delete', SETTINGS, invented));
    expect(responses[0]).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringContaining('it is unknown which commands ran'),
      ...invented,
    });
    expect(sent).toEqual([]);
    const lost = createFunction({ answers: false });
    await expect(lost.handle(createEvent('Create', SETTINGS))).rejects.toThrow('no way');
    await expect(lost.handle(createEvent('Delete', SETTINGS, invented))).rejects.toThrow('no way');
    expect(lost.sent.slice(2).map(({ argv }) => argv.join(' '))).toEqual(SETTINGS.OnDelete);
  });

  test('an update of a resource of which nothing ran gets a new id, so that its deletion is not forgotten', async () => {
    const { handle, responses } = createFunction();
    await handle(createEvent('Create', { OnCraete: [] }));
    await handle(createEvent('Update', SETTINGS, { PhysicalResourceId: responses[0]!.PhysicalResourceId }));
    expect(responses[1]!.PhysicalResourceId).toBe(String(responses[0]!.PhysicalResourceId).replace('/ran-0', ''));
  });

  test('an event that Lambda delivers again gets the same response, and a repeat of CloudFormation runs', async () => {
    const { handle, sent, responses } = createFunction();
    const event = createEvent('Create', SETTINGS);
    await handle(event);
    await handle(structuredClone(event));
    expect(sent).toHaveLength(2);
    expect(responses[1]).toEqual(responses[0]);
    await handle({ ...event, ResponseURL: 'https://bucket/new' });
    expect(sent).toHaveLength(4);
  });

  test('nothing runs after CloudFormation has given up', async () => {
    const { handle, sent, responses, wait } = createFunction();
    const event = {
      ...createEvent('Create', SETTINGS),
      ResponseURL: 'https://bucket/x?X-Amz-Date=20261129T120000Z&X-Amz-Expires=7200',
    };
    wait(1_860_000);
    await handle(event);
    expect({ sent, responses }).toEqual({ sent: [], responses: [] });
    expect(lines.join()).toContain('"result":"too-late"');
  });

  test('no secret is in a response, in a log line, or in a key, whatever Airflow says', async () => {
    const secret = 'postgresql://u:swordfish-7f31@db/x';
    const properties = {
      OnCreate: ['dags trigger report', 'connections add team_db --conn-uri={v}'],
      Values: { v: { SecretsManager: 'a', Key: 'uri' } },
    };
    const create = (value: string) =>
      createFunction({
        secrets: { a: JSON.stringify({ uri: value }) },
        relay: ([kind]) =>
          kind === 'dags' ? SUCCEEDED : fail(`The command failed in Airflow: bad URI ${value} of swordfish`),
      });
    const first = create(secret);
    await first.handle(createEvent('Create', properties));
    expect(first.sent[1]!.argv).toContain(`--conn-uri=${secret}`);
    expect(first.responses[0]).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('bad URI *** of ***'),
    });
    expect([...first.texts, ...lines].filter((text) => text.includes('swordfish'))).toEqual([]);
    expect(lines.length).toBeGreaterThan(2);
    const second = create('other://secret-value');
    await second.handle(createEvent('Create', properties));
    expect(second.sent[0]!.idempotencyKey).toBe(first.sent[0]!.idempotencyKey);
    expect(second.responses[0]!.PhysicalResourceId).toBe(first.responses[0]!.PhysicalResourceId);
  });

  test('a secret that would be an option is refused, without its text', async () => {
    const { handle, responses, sent } = createFunction({ secrets: { a: '--json-swordfish' } });
    await handle(
      createEvent('Create', { OnCreate: ['variables set team_a {v}'], Values: { v: { SsmParameter: 'a' } } }),
    );
    expect(responses[0]).toMatchObject({ Status: 'FAILED', Reason: expect.not.stringContaining('swordfish') });
    expect(sent).toEqual([]);
  });
});

describe('direct invocations', () => {
  const direct = { Environment: 'prod', ...SETTINGS };
  test('return the commands, and throw what failed', async () => {
    const { handle } = createFunction();
    expect(await handle({ ...direct, Id: 'settings' })).toEqual({
      Id: 'settings',
      Commands: [
        { Command: 'variables set team_a 1', Outcome: 'succeeded', RunId: 'run-1' },
        { Command: 'variables set team_b 2', Outcome: 'succeeded', RunId: 'run-1' },
      ],
    });
    const failing = createFunction({ relay: () => fail('The command failed in Airflow: no') });
    await expect(failing.handle(direct)).rejects.toThrow(
      'Command 1 of 2 (variables set team_a 1) failed (command-failed): The command failed in Airflow: no. No command ran before it.',
    );
  });

  test('Terraform says what happens', async () => {
    const { handle, sent } = createFunction();
    await handle({ ...direct, tf: { action: 'delete', prev_input: direct } });
    expect(sent.map(({ argv }) => argv.join(' '))).toEqual(SETTINGS.OnDelete);
  });

  test('a trigger needs an id, and the same id is the same run', async () => {
    const { handle, sent } = createFunction();
    const trigger = { Environment: 'prod', OnCreate: ['dags trigger report'] };
    await expect(handle(trigger)).rejects.toThrow(/A trigger needs Id/);
    await handle({ ...trigger, Id: 'a' });
    await handle({ ...trigger, Id: 'a', tf: { action: 'update' } });
    await handle({ ...trigger, Id: 'b' });
    const [first, again, other] = sent.map(({ idempotencyKey }) => idempotencyKey);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('what is no event is refused', async () => {
    await expect(createFunction().handle({ RequestType: 'Read' })).rejects.toThrow(/RequestType must be/);
  });
});
