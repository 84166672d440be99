import { beforeEach, expect, test } from 'vitest';
import { parseTemplate } from '../../../../local/cloudformation/parse-template.ts';
import { createStack } from '../../../../local/cloudformation/play-stack.ts';
import type { ResponseBucket } from '../../../../local/cloudformation/response-bucket.ts';
import type { InvokeResult } from '../../../../local/gateway/functions/lambda-api.ts';
import type { RawTemplate } from '../../../../local/gateway/template/raw-template.ts';

type Event = Record<string, unknown> & {
  RequestType: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResponseURL: string;
};

let events: Event[];
let answer: (event: Event) => object | undefined;
let result: (event: Event) => InvokeResult;
let urls: Map<string, (body: string) => void>;

const bucket = {
  createUrl() {
    const { promise, resolve } = Promise.withResolvers<string>();
    const url = `https://bucket/${urls.size}`;
    urls.set(url, resolve);
    return { url, response: promise };
  },
} as ResponseBucket;

const succeed = ({ StackId, RequestId, LogicalResourceId, PhysicalResourceId }: Event, more: object = {}) => ({
  Status: 'SUCCESS',
  StackId,
  RequestId,
  LogicalResourceId,
  PhysicalResourceId: PhysicalResourceId ?? `id-${LogicalResourceId}`,
  ...more,
});
const fail = (event: Event, Reason = 'no') => succeed(event, { Status: 'FAILED', Reason });

beforeEach(() => {
  events = [];
  urls = new Map();
  answer = (event) => succeed(event);
  result = () => ({ kind: 'success' });
});

const create = () =>
  createStack({
    name: 'S',
    account: '111122223333',
    region: 'eu-west-1',
    bucket,
    maximumRetryAttempts: 0,
    async invoke(_arn, event) {
      const received = event as Event;
      events.push(received);
      const body = answer(received);
      if (body !== undefined) urls.get(received.ResponseURL)!(JSON.stringify(body));
      return result(received);
    },
  });

const createTemplate = (resources: Readonly<Record<string, object>>): RawTemplate =>
  ({
    Resources: Object.fromEntries(
      Object.entries(resources).map(([id, { token = 't', ...properties }]: [string, { token?: string }]) => [
        id,
        { Type: 'Custom::X', Properties: { ServiceToken: token, ...properties } },
      ]),
    ),
  }) as unknown as RawTemplate;

const listRequests = () =>
  events.map(
    ({ RequestType, LogicalResourceId, PhysicalResourceId: id }) =>
      `${RequestType} ${LogicalResourceId}${id === undefined ? '' : ` ${id}`}`,
  );

test('scalars are texts, and short forms and parameters are resolved', async () => {
  const template = parseTemplate(`
Parameters: { Name: { Type: String }, Count: { Type: Number, Default: 2 } }
Resources:
  B: { Type: Custom::X, Properties: { ServiceToken: t, Of: !GetAtt A.Out, N: !Ref Count, L: [1, true, [x, !Sub "\${Name}-\${AWS::Region}"]] } }
  A: { Type: AWS::CloudFormation::CustomResource, Properties: { ServiceToken: t, ServiceTimeout: 60 } }
`);
  answer = (event) => succeed(event, { Data: { Out: 'out' } });
  expect(await create().deploy(template, { parameters: { Name: 'n' } })).toBe('CREATE_COMPLETE');
  expect(events.map(({ ResourceProperties }) => ResourceProperties)).toEqual([
    { ServiceToken: 't', ServiceTimeout: '60' },
    { ServiceToken: 't', Of: 'out', N: '2', L: ['1', 'true', ['x', 'n-eu-west-1']] },
  ]);
});

test('an update without a change sends nothing; a change has the old properties', async () => {
  const stack = create();
  await stack.deploy(createTemplate({ A: { v: 1 } }));
  await stack.deploy(createTemplate({ A: { v: 1 } }));
  expect(events).toHaveLength(1);
  expect(await stack.deploy(createTemplate({ A: { v: 2 } }))).toBe('UPDATE_COMPLETE');
  expect(events[1]).toMatchObject({
    RequestType: 'Update',
    OldResourceProperties: { v: '1' },
    PhysicalResourceId: 'id-A',
  });
});

test('another physical id is a replacement, and the old resource is deleted at the end', async () => {
  const stack = create();
  await stack.deploy(createTemplate({ A: { v: 1 }, B: { v: 1 } }));
  answer = (event) => succeed(event, event.RequestType === 'Update' ? { PhysicalResourceId: 'new' } : {});
  await stack.deploy(createTemplate({ A: { v: 2 }, B: { v: 2 } }));
  expect(listRequests().slice(2)).toEqual(['Update A id-A', 'Update B id-B', 'Delete A id-A', 'Delete B id-B']);
  expect(events.at(-1)).toMatchObject({ ResourceProperties: { v: '1' } });
});

test('a failed creation is rolled back, with the physical id of the failure', async () => {
  const stack = create();
  answer = (event) =>
    event.LogicalResourceId === 'B' && event.RequestType === 'Create'
      ? { ...fail(event, 'why'), PhysicalResourceId: 'half' }
      : succeed(event);
  expect(await stack.deploy(createTemplate({ A: {}, B: {}, C: {} }))).toBe('ROLLBACK_COMPLETE');
  expect(listRequests()).toEqual(['Create A', 'Create B', 'Delete B half', 'Delete A id-A']);
  expect(stack.events).toContainEqual({ logicalId: 'B', status: 'CREATE_FAILED', reason: 'why', physicalId: 'half' });
});

test('without a response the physical id is invented, and a repeat has the same request id at another URL', async () => {
  const stack = create();
  answer = () => undefined;
  expect(await stack.deploy(createTemplate({ A: {} }), { disableRollback: true })).toBe('CREATE_FAILED');
  answer = (event) => succeed(event);
  expect(await stack.deploy(createTemplate({ A: {} }))).toBe('CREATE_COMPLETE');
  expect(events[1]!.RequestId).toBe(events[0]!.RequestId);
  expect(events[1]!.ResponseURL).not.toBe(events[0]!.ResponseURL);
  const lost = create();
  answer = ({ RequestType, ...event }) =>
    RequestType === 'Create' ? undefined : succeed({ RequestType, ...event } as Event);
  expect(await lost.deploy(createTemplate({ A: {} }))).toBe('ROLLBACK_COMPLETE');
  expect(listRequests().at(-1)).toMatch(/^Delete A S-A-[0-9A-F]{12}$/);
});

test('a failed update sends the old properties, and deletes what is new', async () => {
  const stack = create();
  await stack.deploy(createTemplate({ A: { v: 1 }, C: { v: 1 } }));
  answer = (event) =>
    event.LogicalResourceId === 'C' && JSON.stringify(event.ResourceProperties).includes('2')
      ? fail(event)
      : succeed(event);
  expect(await stack.deploy(createTemplate({ A: { v: 2 }, B: {}, C: { v: 2 } }))).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(listRequests().slice(2)).toEqual([
    'Update A id-A',
    'Create B',
    'Update C id-C',
    'Update A id-A',
    'Update C id-C',
    'Delete B id-B',
  ]);
  answer = (event) => fail(event);
  expect(await stack.deploy(createTemplate({ A: { v: 3 }, C: { v: 1 } }))).toBe('UPDATE_ROLLBACK_FAILED');
});

test('a resource that is removed is deleted at the end, and abandoned if that fails', async () => {
  const stack = create();
  await stack.deploy(createTemplate({ A: {}, B: {} }));
  answer = (event) => (event.RequestType === 'Delete' ? fail(event) : succeed(event));
  expect(await stack.deploy(createTemplate({ A: {} }))).toBe('UPDATE_COMPLETE');
  expect([...stack.resources.keys()]).toEqual(['A']);
  expect(await stack.delete()).toBe('DELETE_FAILED');
});

test('a service token cannot change', async () => {
  const stack = create();
  await stack.deploy(createTemplate({ A: { token: 't' } }));
  expect(await stack.deploy(createTemplate({ A: { token: 'u' } }))).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(stack.events.some(({ reason }) => reason === 'Modifying service token is not allowed.')).toBe(true);
});

test.each<[what: string, change: object, reason: RegExp]>([
  ['a response of more than 4,096 bytes', { Data: { x: 'x'.repeat(5000) } }, /too long/],
  ['no physical id', { PhysicalResourceId: '' }, /Invalid PhysicalResourceId/],
  ['another request', { RequestId: 'x' }, /RequestId must match/],
  ['a failure without a reason', { Status: 'FAILED' }, /needs a Reason/],
])('rejects %s', async (_what, change, reason) => {
  answer = (event) => succeed(event, event.RequestType === 'Create' ? change : {});
  const stack = create();
  expect(await stack.deploy(createTemplate({ A: {} }))).toBe('ROLLBACK_COMPLETE');
  expect(stack.events.find(({ status }) => status === 'CREATE_FAILED')?.reason).toMatch(reason);
});

test('an event waits while the function is throttled, and may come twice', async () => {
  let throttles = 2;
  result = () => {
    throttles -= 1;
    return throttles >= 0
      ? {
          kind: 'rejected',
          error: 'TooManyRequestsException',
          reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
        }
      : { kind: 'success' };
  };
  answer = (event) => (throttles > 0 ? undefined : succeed(event));
  const stack = create();
  expect(await stack.deploy(createTemplate({ A: {} }), { delivery: { A: { copies: 2, late: true } } })).toBe(
    'CREATE_COMPLETE',
  );
  await stack.settle();
  expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1);
  expect(events.length).toBeGreaterThanOrEqual(4);
});

test('a cancelled creation is deleted while it runs', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stack = createStack({
    name: 'S',
    account: '111122223333',
    region: 'eu-west-1',
    bucket,
    async invoke(_arn, event) {
      const received = event as Event;
      events.push(received);
      if (received.RequestType === 'Create') await promise;
      urls.get(received.ResponseURL)!(JSON.stringify(succeed(received)));
      return { kind: 'success' };
    },
  });
  expect(await stack.deploy(createTemplate({ A: {} }), { delivery: { A: { cancelAfterMs: 5 } } })).toBe(
    'ROLLBACK_COMPLETE',
  );
  expect(listRequests()).toEqual(['Create A', expect.stringMatching(/^Delete A S-A-/)]);
  resolve();
  await stack.settle();
});
