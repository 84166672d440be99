/** Functions that are not invoked by the API: by a schedule, and directly. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import type { Schedule } from '../../../../local/gateway/template/gateway-model.ts';
import { createPrincipalStore } from '../../../../local/iam/principal-store.ts';
import { addToFixture, createPermission, writeAssembly } from './assembly-fixture.ts';

const createRule = (target: string, instruction: object, State = 'ENABLED') => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    ScheduleExpression: 'rate(5 minutes)',
    State,
    // The fixture's functions read their instruction from the body.
    Targets: [
      { Id: 'T', Arn: { 'Fn::GetAtt': [target, 'Arn'] }, Input: JSON.stringify({ body: JSON.stringify(instruction) }) },
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
    Streaming: createRule('StreamedFunction', { do: 'say', what: 'streamed by a schedule' }),
    Buffering: createRule('BufferedFunction', { do: 'say', what: 'buffered by a schedule' }),
    Failing: createRule('BufferedFunction', { do: 'throw' }),
    Disabled: createRule('BufferedFunction', { do: 'say', what: 'disabled' }, 'DISABLED'),
    NotPermitted: createRule('BufferedFunction', { do: 'say', what: 'not permitted' }),
    PermitStreaming: createSchedulePermission('StreamedFunction', 'Streaming'),
    PermitBuffering: createSchedulePermission('BufferedFunction', 'Buffering'),
    PermitFailing: createSchedulePermission('BufferedFunction', 'Failing'),
    PermitDisabled: createSchedulePermission('BufferedFunction', 'Disabled'),
    // A permission for another function, and one for another service.
    PermitOtherFunction: createSchedulePermission('StreamedFunction', 'NotPermitted'),
    PermitOtherService: {
      ...createSchedulePermission('BufferedFunction', 'NotPermitted'),
      Properties: {
        ...createSchedulePermission('BufferedFunction', 'NotPermitted').Properties,
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
  gateway.model.schedules.find((schedule) => schedule.logicalId === logicalId) ?? expect.fail(`no ${logicalId}`);
const getFunctionName = (logicalId: string) => gateway.model.functions.get(logicalId)?.name ?? '';
const countStarts = () => gateway.logs.search(/^START/).length;

test.each(['streamed', 'buffered'])('a schedule invokes a function with a %s response', async (mode) => {
  const name = mode === 'streamed' ? 'Streaming' : 'Buffering';

  expect(await gateway.triggerSchedule(getSchedule(name))).toEqual({ kind: 'success' });
  expect(gateway.logs.search(`${mode} by a schedule`)).toHaveLength(1);
});

test('the result of a schedule contains the error of the function', async () => {
  expect(await gateway.triggerSchedule(getSchedule('Failing'))).toEqual({
    kind: 'function-error',
    error: expect.objectContaining({ errorType: 'RangeError', errorMessage: 'thrown by the handler' }),
  });
});

test.each([
  ['disabled', 'Disabled', 'is disabled'],
  ['not permitted', 'NotPermitted', 'does not allow the schedule NotPermitted to invoke it'],
])('a schedule that is %s runs nothing', async (_what, name, message) => {
  const before = countStarts();

  await expect(gateway.triggerSchedule(getSchedule(name))).rejects.toThrow(message);
  expect(countStarts()).toBe(before);
});

test('invokeFunction passes any event and returns the bytes that the function wrote', async () => {
  const event = { body: JSON.stringify({ do: 'answer', answer: { mine: 1 } }), forged: true };
  const buffered = await gateway.invokeFunction(getFunctionName('BufferedFunction'), event);
  const streamed = await gateway.invokeFunction(getFunctionName('StreamedFunction'), {
    body: '{"do":"raw","text":"bytes"}',
  });

  expect(buffered).toEqual({ result: { kind: 'success' }, payload: Buffer.from('{"mine":1}') });
  expect(streamed).toEqual({ result: { kind: 'success' }, payload: Buffer.from('bytes') });
  await expect(gateway.invokeFunction('Unknown', {})).rejects.toThrow('has no function named Unknown');
});
