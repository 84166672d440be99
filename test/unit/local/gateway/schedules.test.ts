/** Functions that are called otherwise than by the API: by a schedule, and by hand. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import type { Schedule } from '../../../../local/gateway/template/gateway-model.ts';
import { createPrincipalStore } from '../../../../local/iam/principal-store.ts';
import { addToFixture, createPermission, writeAssembly } from './assembly-fixture.ts';

const createRule = (target: string, order: object, State = 'ENABLED') => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    ScheduleExpression: 'rate(5 minutes)',
    State,
    // What the fixture's functions do stands in the body.
    Targets: [
      { Id: 'T', Arn: { 'Fn::GetAtt': [target, 'Arn'] }, Input: JSON.stringify({ body: JSON.stringify(order) }) },
    ],
  },
});
const createSchedulePermission = (target: string, name: string) => ({
  ...createPermission(target, ''),
  Properties: {
    ...createPermission(target, '').Properties,
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': [name, 'Arn'] },
  },
});

const assembly = writeAssembly(
  addToFixture({
    Streaming: createRule('StreamedFunction', { do: 'say', what: 'streamed by the clock' }),
    Buffering: createRule('BufferedFunction', { do: 'say', what: 'buffered by the clock' }),
    Failing: createRule('BufferedFunction', { do: 'throw' }),
    Off: createRule('BufferedFunction', { do: 'say', what: 'switched off' }, 'DISABLED'),
    Uninvited: createRule('BufferedFunction', { do: 'say', what: 'uninvited' }),
    PermitStreaming: createSchedulePermission('StreamedFunction', 'Streaming'),
    PermitBuffering: createSchedulePermission('BufferedFunction', 'Buffering'),
    PermitFailing: createSchedulePermission('BufferedFunction', 'Failing'),
    PermitOff: createSchedulePermission('BufferedFunction', 'Off'),
    // For the other function, and for another service: neither lets the rule in.
    PermitElsewhere: createSchedulePermission('StreamedFunction', 'Uninvited'),
    PermitService: {
      ...createSchedulePermission('BufferedFunction', 'Uninvited'),
      Properties: {
        ...createSchedulePermission('BufferedFunction', 'Uninvited').Properties,
        Principal: 'scheduler.amazonaws.com',
      },
    },
  }),
);
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals: createPrincipalStore() });
});
afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

const getSchedule = (logicalId: string): Schedule =>
  gateway.model.schedules.find((one) => one.logicalId === logicalId) ?? expect.fail(`no ${logicalId}`);
const getFunctionName = (logicalId: string) => gateway.model.functions.get(logicalId)?.name ?? '';
const countStarts = () => gateway.logs.search(/^START/).length;

test.each(['streamed', 'buffered'])(
  'a schedule calls a function whose answer is %s, and nobody hears it',
  async (how) => {
    const name = how === 'streamed' ? 'Streaming' : 'Buffering';

    expect(await gateway.triggerSchedule(getSchedule(name))).toEqual({ kind: 'success' });
    expect(gateway.logs.search(`${how} by the clock`)).toHaveLength(1);
  },
);

test('a function that fails says so', async () => {
  expect(await gateway.triggerSchedule(getSchedule('Failing'))).toEqual({
    kind: 'function-error',
    error: expect.objectContaining({ errorType: 'RangeError', errorMessage: 'as asked' }),
  });
});

test.each([
  ['Off', 'is switched off'],
  ['Uninvited', 'does not let Uninvited call it'],
])('%s %s: nothing runs', (name, why) => {
  const before = countStarts();

  expect(() => gateway.triggerSchedule(getSchedule(name))).toThrow(why);
  expect(countStarts()).toBe(before);
});

test('by hand a function takes any event, and gives the bytes that it wrote', async () => {
  const order = { body: JSON.stringify({ do: 'answer', answer: { mine: 1 } }), forged: true };
  const buffered = await gateway.invokeFunction(getFunctionName('BufferedFunction'), order);
  const streamed = await gateway.invokeFunction(getFunctionName('StreamedFunction'), {
    body: '{"do":"raw","text":"bytes"}',
  });

  expect(buffered).toEqual({ outcome: { kind: 'success' }, written: Buffer.from('{"mine":1}') });
  expect(streamed).toEqual({ outcome: { kind: 'success' }, written: Buffer.from('bytes') });
  await expect(gateway.invokeFunction('Nobody', {})).rejects.toThrow('no function is named Nobody');
});
