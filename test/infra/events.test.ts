import { describe, expect, test } from 'vitest';
import { EVENTS_FUNCTION, RELAY_FUNCTION } from '../../contract/function-names.ts';
import { evaluatePolicies } from '../../local/iam/evaluate-policies.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { EVENT_CONFIG } from '../fixtures/event-config.ts';
import { TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { planUpdate } from './deployment-order/plan-update.ts';
import { resolveReferences, TEST_ACCOUNT, TEST_REGION } from './resolve-references.ts';
import { readData, synthesizeConfig, type TemplateResource } from './synthesize-config.ts';

const REDRIVE_ROLE = `arn:aws:iam::${TEST_ACCOUNT}:role/oncall-*`;
const synthesized = synthesizeConfig(`${EVENT_CONFIG}operations: { redriveRoles: ["${REDRIVE_ROLE}"] }\n`);
const { resources } = synthesized;
const PREFIX = 'MwaaCliProxy-720caab7';

/** The resource of a type that has a value for a property. */
function find(type: string, property: string, value: unknown, list = resources): TemplateResource {
  const found = list(type).filter(({ Properties }) => Properties[property] === value);
  if (found.length !== 1) throw new Error(`${found.length} ${type} have ${property} ${value}`);
  return found[0]!;
}
const getArn = ({ id }: TemplateResource) => resolveReferences<string>(synthesized, { 'Fn::GetAtt': [id, 'Arn'] });
const reference = ({ id }: TemplateResource) => ({ 'Fn::GetAtt': [id, 'Arn'] });

const [landing, orders, nightly, paused] = ['landing', 'orders', 'nightly', 'paused'].map((name) => {
  const queue = find('AWS::SQS::Queue', 'QueueName', `${PREFIX}-event-${name}`);
  return {
    rule: find('AWS::Events::Rule', 'Name', `${PREFIX}-event-${name}`),
    queue,
    deadLetterQueue: find('AWS::SQS::Queue', 'QueueName', `${PREFIX}-dead-${name}`),
    mapping: resources('AWS::Lambda::EventSourceMapping').find(
      ({ Properties }) => JSON.stringify(Properties.EventSourceArn) === JSON.stringify(reference(queue)),
    )!,
  };
}) as [EventResources, EventResources, EventResources, EventResources];
interface EventResources {
  readonly rule: TemplateResource;
  readonly queue: TemplateResource;
  readonly deadLetterQueue: TemplateResource;
  readonly mapping: TemplateResource;
}
const consumer = find('AWS::Lambda::Function', 'Handler', EVENTS_FUNCTION.handler);
const findEventRelay = (environment: string) =>
  find('AWS::Lambda::Function', 'FunctionName', `${PREFIX}-events-${environment}`);
const relay = synthesized.relay('prod').function;

describe('an event', () => {
  test('has a rule that sends its events to its queue, and to its dead-letter queue what EventBridge cannot deliver', () => {
    const { rule, queue, deadLetterQueue } = orders;

    expect(rule.Properties).toMatchObject({
      EventBusName: 'orders',
      EventPattern: { source: ['shop'] },
      State: 'ENABLED',
      Targets: [{ Id: 'Queue', Arn: reference(queue), DeadLetterConfig: { Arn: reference(deadLetterQueue) } }],
    });
    expect(nightly.rule.Properties).toMatchObject({ ScheduleExpression: 'cron(0 6 * * ? *)' });
    expect(nightly.rule.Properties).not.toHaveProperty('EventPattern');
    // EventBridge passes the event on as it is: nothing in the template changes what a message says.
    for (const { Properties } of resources('AWS::Events::Rule').filter(({ id }) => id.includes('Event'))) {
      expect(Object.keys(Properties.Targets[0]).sort()).toEqual(['Arn', 'DeadLetterConfig', 'Id']);
    }
  });

  test('keeps its messages for 14 days, encrypted, and hides them for six times as long as the function runs', () => {
    expect(consumer.Properties.Timeout).toBe(300);
    expect(landing.queue.Properties).toMatchObject({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 6 * consumer.Properties.Timeout,
      RedrivePolicy: { deadLetterTargetArn: reference(landing.deadLetterQueue), maxReceiveCount: 1000 },
    });
    expect(landing.deadLetterQueue.Properties).toMatchObject({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  });

  test('has queues that no other queue can use for its dead letters, which would enter without asking their policies', () => {
    const { queue, deadLetterQueue } = landing;

    expect(queue.Properties.RedriveAllowPolicy).toEqual({ redrivePermission: 'denyAll' });
    expect(resolveReferences(synthesized, deadLetterQueue.Properties.RedriveAllowPolicy)).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [getArn(queue)],
    });
  });

  test('has a mapping that hands over one message at a time, and keeps those that the function reports', () => {
    expect(landing.mapping.Properties).toMatchObject({
      FunctionName: reference(consumer),
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
      Enabled: true,
    });
  });

  test('that is disabled keeps its queues, and nothing enters or leaves them', () => {
    expect(paused.rule.Properties.State).toBe('DISABLED');
    expect(paused.mapping.Properties.Enabled).toBe(false);
  });

  test('whose environment is disabled is disabled too', () => {
    const list = synthesizeConfig(
      EVENT_CONFIG.replace('airflow: 2.10.3', 'airflow: 2.10.3\n    enabled: false'),
    ).resources;

    expect(find('AWS::Events::Rule', 'Name', `${PREFIX}-event-landing`, list).Properties.State).toBe('DISABLED');
    expect(find('AWS::Events::Rule', 'Name', `${PREFIX}-event-orders`, list).Properties.State).toBe('ENABLED');
  });

  test('enters its queue only after everything behind it exists', () => {
    const dependencies = landing.rule.DependsOn ?? [];
    const find = (type: string) => resources(type).map(({ id }) => id);
    expect(dependencies.filter((id) => find('AWS::SQS::QueuePolicy').includes(id))).toHaveLength(2);
    expect(dependencies.filter((id) => find('AWS::CloudFormation::Stack').includes(id))).toEqual([
      expect.stringContaining('Environmentprod'),
    ]);
    expect(dependencies).toContain(landing.mapping.id);
    expect(landing.mapping.DependsOn).toEqual(
      resources('AWS::Lambda::ResourcePolicy')
        .filter(({ Properties }) => JSON.stringify(Properties.ResourceArn) === JSON.stringify(reference(consumer)))
        .map(({ id }) => id),
    );
  });
});

describe('in an update of a deployment', () => {
  const after = JSON.parse(synthesized.text);
  const before = JSON.parse(
    synthesizeConfig(
      EVENT_CONFIG.replace(/ {2}landing:[\s\S]*?(?= {2}nightly:)/, '').replace(/.*event:landing.*\n/, ''),
    ).text,
  );
  /** What the events of the rule need, and nothing else may be later than the rule. */
  const isNeeded = (id: string) =>
    /Events(?:Function|Eventlanding)|EnvironmentprodNested/.test(id) && !/Alarm/.test(id) && id !== landing.rule.id;

  test.each<[order: string, isLate: (id: string) => boolean]>([
    ['what the rule needs first', (id) => !isNeeded(id)],
    ['what the rule needs last', isNeeded],
  ])('the rule of a new event is created after everything that its events need: %s', (_order, isLate) => {
    const operations = planUpdate(before, after, isLate);
    const at = operations.findIndex(({ id }) => id === landing.rule.id);

    expect(operations[at]?.kind).toBe('create');
    expect(operations.filter(({ id }) => isNeeded(id)).length).toBeGreaterThanOrEqual(7);
    expect(operations.slice(at).filter(({ id }) => isNeeded(id))).toEqual([]);
  });

  test('the rule of a removed event is deleted before its queues', () => {
    const deleted = planUpdate(after, before, () => false).map(({ kind, id }) => (kind === 'delete' ? id : ''));

    expect(deleted.indexOf(landing.rule.id)).toBeGreaterThan(-1);
    expect(deleted.indexOf(landing.rule.id)).toBeLessThan(deleted.indexOf(landing.queue.id));
    expect(deleted.indexOf(landing.mapping.id)).toBeLessThan(deleted.indexOf(landing.queue.id));
  });
});

test('an environment with events has a relay for them, with slots of its own and the same code and data', () => {
  for (const [environment, slots] of [
    ['prod', 1],
    ['next', 1],
  ] as const) {
    const eventRelay = findEventRelay(environment).Properties;
    const { Properties } = synthesized.relay(environment).function;
    expect(eventRelay).toMatchObject({
      Handler: RELAY_FUNCTION.handler,
      ReservedConcurrentExecutions: slots,
      Code: Properties.Code,
      Timeout: Properties.Timeout,
      VpcConfig: Properties.VpcConfig,
      LoggingConfig: Properties.LoggingConfig,
    });
    expect(Properties.ReservedConcurrentExecutions).toBe(environment === 'prod' ? 2 : undefined);
  }
});

test('the events function knows the grants of events only', () => {
  const file = readData(synthesized, consumer, EVENTS_FUNCTION.dataFile) as {
    grants: { who: string[] }[];
    environments: object;
  };
  expect(file.grants.flatMap(({ who }) => who)).toEqual(['event:landing', 'event:nightly', 'event:orders']);
  expect(file.environments).toMatchObject({ prod: { relay: `${PREFIX}-events-prod`, slots: 1 } });
});

test('the template shows what each event runs, so that cdk diff shows a change of it', () => {
  const lines = (config: string) =>
    Object.values<string>(JSON.parse(synthesizeConfig(config).text).Metadata ?? {}).filter((line) =>
      /^event:/.test(line),
    );
  expect(lines(EVENT_CONFIG.replace('run: variables set last_order', 'run: variables set last_é')).sort()).toEqual([
    `event:landing in prod runs: dags trigger ingest --conf='{"file":"{key}","bucket":"{bucket}"}'; gives up after 24 h`,
    'event:nightly in prod runs: dags trigger nightly; gives up after 24 h',
    String.raw`event:orders in next runs: variables set last_\u00e9 {detail.order.id}; same event: detail.order.id; gives up after 2 h`,
    'event:paused in next runs: dags trigger sync; gives up after 24 h',
  ]);
});

test('a configuration without events has none of this', () => {
  const list = synthesizeConfig(TWO_ENVIRONMENTS).resources;
  for (const type of ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'AWS::Lambda::EventSourceMapping']) {
    expect(list(type)).toEqual([]);
  }
  expect(list('AWS::Lambda::Function')).toHaveLength(3);
});

type Caller = Pick<Parameters<typeof evaluatePolicies>[0], 'principal' | 'conditionKeys'>;

const createSession = (role: string, policies: unknown[], account = TEST_ACCOUNT): Caller => ({
  principal: {
    arn: `arn:aws:sts::${account}:assumed-role/${role}/session`,
    account,
    userId: 'AROAEXAMPLE:session',
    policies,
  } as unknown as Principal,
});

/** A session of the role of a function, with the policies that the template gives it. */
function createFunctionSession({ Properties }: TemplateResource): Caller {
  const roleId = Properties.Role['Fn::GetAtt'][0];
  const role = resources('AWS::IAM::Role').find(({ id }) => id === roleId)!;
  const documents = role.Properties.Policies.map(({ PolicyDocument }: { PolicyDocument: unknown }) =>
    resolveReferences(synthesized, PolicyDocument),
  );
  return createSession(resolveReferences<string>(synthesized, { Ref: roleId }), documents);
}
const ruleArn = (name: string) => `arn:aws:events:${TEST_REGION}:${TEST_ACCOUNT}:rule/${name}`;
const events = (rule?: string): Caller => ({
  principal: { service: 'events.amazonaws.com' },
  conditionKeys: rule === undefined ? {} : { 'aws:SourceArn': rule },
});
const ADMINISTRATOR_POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const administrator = createSession('Admin', [ADMINISTRATOR_POLICY]);
const oncall = createSession('oncall-europe', [ADMINISTRATOR_POLICY]);
const front = createFunctionSession(find('AWS::Lambda::Function', 'Handler', 'front.handler'));

async function evaluate(
  { conditionKeys, principal }: Caller,
  action: string,
  queue: TemplateResource,
  isSecure = true,
) {
  const policy = resources('AWS::SQS::QueuePolicy').find(({ Properties }) => Properties.Queues[0].Ref === queue.id)!;
  return evaluatePolicies({
    principal,
    action,
    resource: getArn(queue),
    resourceAccount: TEST_ACCOUNT,
    resourcePolicy: resolveReferences(synthesized, policy.Properties.PolicyDocument),
    conditionKeys: { 'aws:SecureTransport': String(isSecure), ...conditionKeys },
  });
}

describe('who may send to the queues of an event', () => {
  const { queue, deadLetterQueue } = orders;
  const own = ruleArn(`orders/${PREFIX}-event-orders`);
  test.each<[sender: string, caller: Caller, toQueue: boolean, toDeadLetterQueue: boolean]>([
    ['its rule', events(own), true, true],
    ['the rule of another event', events(ruleArn(`${PREFIX}-event-landing`)), false, false],
    ['a rule of the same name on the default bus', events(ruleArn(`${PREFIX}-event-orders`)), false, false],
    ['EventBridge without a rule', events(), false, false],
    [
      'another service for the same rule',
      { principal: { service: 'sns.amazonaws.com' }, conditionKeys: { 'aws:SourceArn': own } },
      false,
      false,
    ],
    ['the events function', createFunctionSession(consumer), false, true],
    ['a role that may send events again', oncall, true, false],
    ['an administrator of the account', administrator, false, false],
    [
      'an administrator of another account',
      createSession('oncall-1', [ADMINISTRATOR_POLICY], '222233334444'),
      false,
      false,
    ],
    ['the front', front, false, false],
  ])('%s', async (_sender, caller, toQueue, toDeadLetterQueue) => {
    expect((await evaluate(caller, 'sqs:SendMessage', queue)).allowed).toBe(toQueue);
    expect((await evaluate(caller, 'sqs:SendMessage', deadLetterQueue)).allowed).toBe(toDeadLetterQueue);
  });

  test('nobody without TLS', async () => {
    for (const target of [queue, deadLetterQueue]) {
      expect((await evaluate(events(own), 'sqs:SendMessage', target, false)).allowed).toBe(false);
      expect((await evaluate(oncall, 'sqs:ReceiveMessage', target, false)).allowed).toBe(false);
      expect((await evaluate(oncall, 'sqs:ReceiveMessage', target)).allowed).toBe(true);
    }
  });
});

describe('what the events function may do', () => {
  const session = createFunctionSession(consumer);
  test.each(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'])(
    '%s with queues of events, and not with dead-letter queues',
    async (action) => {
      for (const { queue, deadLetterQueue } of [landing, orders]) {
        expect((await evaluate(session, action, queue)).allowed).toBe(true);
        expect((await evaluate(session, action, deadLetterQueue)).allowed).toBe(false);
      }
    },
  );

  test('invoke event relays, and no relay of people', async () => {
    const invoke = async (target: TemplateResource, caller = session) => {
      const policy = resources('AWS::Lambda::ResourcePolicy')
        .map(({ Properties }) =>
          resolveReferences<{ ResourceArn: string; PolicyDocument: unknown }>(synthesized, Properties),
        )
        .find(({ ResourceArn }) => ResourceArn === getArn(target))!;
      const { allowed } = await evaluatePolicies({
        ...caller,
        action: 'lambda:InvokeFunction',
        resource: getArn(target),
        resourceAccount: TEST_ACCOUNT,
        resourcePolicy: policy.PolicyDocument,
      });
      return allowed;
    };
    expect(await invoke(findEventRelay('prod'))).toBe(true);
    expect(await invoke(findEventRelay('next'))).toBe(true);
    expect(await invoke(relay)).toBe(false);
    expect(await invoke(findEventRelay('prod'), front)).toBe(false);
    expect(await invoke(findEventRelay('prod'), administrator)).toBe(false);
    expect(await invoke(relay, front)).toBe(true);
    expect(await invoke(consumer, administrator)).toBe(false);
    expect(await invoke(consumer, oncall)).toBe(false);
    expect(await invoke(consumer, front)).toBe(false);
    expect(await invoke(consumer, createSession('x', [ADMINISTRATOR_POLICY], '222233334444'))).toBe(false);
  });

  test('its policy denies no service, so that Lambda can invoke it for its mappings', async () => {
    const policy = resources('AWS::Lambda::ResourcePolicy')
      .map(({ Properties }) =>
        resolveReferences<{ ResourceArn: string; PolicyDocument: unknown }>(synthesized, Properties),
      )
      .find(({ ResourceArn }) => ResourceArn === getArn(consumer))!;
    const evaluateInvoke = (caller: Caller) =>
      evaluatePolicies({
        ...caller,
        action: 'lambda:InvokeFunction',
        resource: getArn(consumer),
        resourceAccount: TEST_ACCOUNT,
        resourcePolicy: policy.PolicyDocument,
      });

    expect(await evaluateInvoke({ principal: { service: 'lambda.amazonaws.com' } })).toMatchObject({
      explicitDeny: false,
    });
    expect(await evaluateInvoke(administrator)).toMatchObject({ explicitDeny: true });
  });
});

test('with functionPolicies: permissions, the roles alone decide who invokes the functions of events', () => {
  const list = synthesizeConfig(`${EVENT_CONFIG}functionPolicies: permissions\n`).resources;
  expect(list('AWS::Lambda::ResourcePolicy')).toEqual([]);
  expect(list('AWS::SQS::QueuePolicy')).toHaveLength(8);
});
