/** Functions that are called otherwise than by the API: by a schedule, and by hand. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Schedule } from '../../../local/gateway/model.ts';
import { type Gateway, startGateway } from '../../../local/gateway/start.ts';
import { createPrincipals } from '../../../local/iam/principals.ts';
import { fixturePlus, permission, writeAssembly } from './assembly-fixture.ts';

// Processes are started here, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const rule = (target: string, order: object, State = 'ENABLED') => ({
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
const permit = (target: string, name: string) => ({
  ...permission(target, ''),
  Properties: {
    ...permission(target, '').Properties,
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': [name, 'Arn'] },
  },
});

const assembly = writeAssembly(
  fixturePlus({
    Streaming: rule('StreamedFunction', { do: 'say', what: 'streamed by the clock' }),
    Buffering: rule('BufferedFunction', { do: 'say', what: 'buffered by the clock' }),
    Failing: rule('BufferedFunction', { do: 'throw' }),
    Off: rule('BufferedFunction', { do: 'say', what: 'switched off' }, 'DISABLED'),
    Uninvited: rule('BufferedFunction', { do: 'say', what: 'uninvited' }),
    PermitStreaming: permit('StreamedFunction', 'Streaming'),
    PermitBuffering: permit('BufferedFunction', 'Buffering'),
    PermitFailing: permit('BufferedFunction', 'Failing'),
    PermitOff: permit('BufferedFunction', 'Off'),
    // For the other function, and for another service: neither lets the rule in.
    PermitElsewhere: permit('StreamedFunction', 'Uninvited'),
    PermitService: {
      ...permit('BufferedFunction', 'Uninvited'),
      Properties: { ...permit('BufferedFunction', 'Uninvited').Properties, Principal: 'scheduler.amazonaws.com' },
    },
  }),
);
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals: createPrincipals() });
});
afterAll(async () => {
  await gateway.close();
  assembly.remove();
});

const schedule = (logicalId: string): Schedule =>
  gateway.model.schedules.find((one) => one.logicalId === logicalId) ?? expect.fail(`no ${logicalId}`);
const functionNamed = (logicalId: string) => gateway.model.functions.get(logicalId)?.name ?? '';
const started = () => gateway.logs.search(/^START/).length;

test.each(['streamed', 'buffered'])(
  'a schedule calls a function whose answer is %s, and nobody hears it',
  async (how) => {
    const name = how === 'streamed' ? 'Streaming' : 'Buffering';

    expect(await gateway.fire(schedule(name))).toEqual({ kind: 'success' });
    expect(gateway.logs.search(`${how} by the clock`)).toHaveLength(1);
  },
);

test('a function that fails says so', async () => {
  expect(await gateway.fire(schedule('Failing'))).toEqual({
    kind: 'function-error',
    error: expect.objectContaining({ errorType: 'RangeError', errorMessage: 'as asked' }),
  });
});

test.each([
  ['Off', 'is switched off'],
  ['Uninvited', 'does not let Uninvited call it'],
])('%s %s: nothing runs', (name, why) => {
  const before = started();

  expect(() => gateway.fire(schedule(name))).toThrow(why);
  expect(started()).toBe(before);
});

test('by hand a function takes any event, and gives the bytes that it wrote', async () => {
  const order = { body: JSON.stringify({ do: 'answer', answer: { mine: 1 } }), forged: true };
  const buffered = await gateway.invoke(functionNamed('BufferedFunction'), order);
  const streamed = await gateway.invoke(functionNamed('StreamedFunction'), { body: '{"do":"raw","text":"bytes"}' });

  expect(buffered).toEqual({ outcome: { kind: 'success' }, written: Buffer.from('{"mine":1}') });
  expect(streamed).toEqual({ outcome: { kind: 'success' }, written: Buffer.from('bytes') });
  await expect(gateway.invoke('Nobody', {})).rejects.toThrow('no function is named Nobody');
});
