/** Events on this machine, with a table of runs in place of Airflow. `events-load.test.ts` plays many with a real one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatCallInstructions } from '../../local/call-instructions.ts';
import { createSampleEvent } from '../../local/events/sample-event.ts';
import { serveEvents } from '../../local/events/serve-events.ts';
import {
  callSqs,
  createRepeatedDelivery,
  type EventStack,
  startEventStack,
  waitUntilEmpty,
} from '../load/run-events.ts';
import { expectOneRunForEachObject, expectPoisonedEventsInDeadLetterQueue } from './event-scenarios.ts';
import { runShell } from './run-shell.ts';
import { createRunTable } from './run-table.ts';

const table = createRunTable(['reporting_daily', 'daily_report']);
const readRuns = (dag: string) => table.runs.filter((run) => run.dag === dag);

let stack: EventStack | undefined;

beforeAll(async () => {
  let deliveries = 0;
  const started = await startEventStack('2.10.3', 2, {
    replay: 'a table of runs stands in for Airflow',
    adaptRunner: () => table.runner,
    eventPlay: {
      timeScale: 0.02,
      planDelivery: createRepeatedDelivery(500),
      repeats: () => {
        deliveries += 1;
        return deliveries % 5 === 0;
      },
    },
  });
  if ('unavailable' in started) console.error(`SKIPPED: events on this machine: ${started.unavailable}`);
  else stack = started;
});
afterAll(() => stack?.close());

test('each event is one run, although it is delivered several times and answers are lost', async () => {
  if (stack === undefined) return;
  await expectOneRunForEachObject(stack, readRuns, { count: 20, burst: 10, pauseMs: 100, seconds: 60 });
});

test('poisoned events are in the dead-letter queue with their reason, and run after a redrive', async () => {
  if (stack === undefined) return;
  const repair = async () => table.addDag('fails_on_purpose');
  await expectPoisonedEventsInDeadLetterQueue(stack, readRuns, 60, repair);
});

test('the event of a schedule that is delivered several times is one run', async () => {
  if (stack === undefined) return;
  const { queue } = stack.getQueues('hourly');
  const time = new Date('2026-11-29T12:00:00Z');
  await stack.events.triggerSchedule(queue, time);
  await stack.events.triggerSchedule(queue, time);
  await stack.events.triggerSchedule(queue, new Date('2026-11-29T13:00:00Z'));
  await stack.events.waitUntilDelivered();
  await waitUntilEmpty(stack, queue, 60);
  expect(readRuns('daily_report')).toHaveLength(2);
});

test('nobody but the rule sends to the queue, and nobody but the event source mapping invokes the function', async () => {
  if (stack === undefined) return;
  const { gateway, getQueues } = stack;
  const administrator = stack.createCallerInAccount('111122223333', 'administrator', 'jo', [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ]);
  const { url } = gateway.model.queues.find(({ name }) => name === getQueues('landing').queue)!;
  await expect(callSqs(stack, administrator, 'SendMessage', { QueueUrl: url, MessageBody: '{}' })).rejects.toThrow(
    'with an explicit deny in a resource-based policy',
  );
  const [{ function: consumer } = expect.fail('no mapping')] = gateway.model.eventSources;
  const { name } = gateway.model.functions.get(consumer)!;
  await expect(gateway.invokeFunction(name, { Records: [] }, administrator)).rejects.toThrow('explicit deny');
});

test('the printed commands publish an event, and show the queues', async () => {
  if (stack === undefined) return;
  const { queue } = stack.getQueues('landing');
  const { pattern = {} } = stack.gateway.model.eventRules.find(({ name }) => name === queue)!;
  const event = createSampleEvent({ pattern, run: '{bucket} {key}' });
  const printed = formatCallInstructions('env.sh', [{ name: 'prod', airflow: '2.10.3' }], false, event);
  const [, script = ''] = /look at the queues:\n\n(.*?)\n\nEnvironments/s.exec(printed) ?? [];
  const served = await serveEvents(stack.events, stack.gateway.model.queues);
  const { stdout, ...ended } = await runShell(script, '/', {
    PATH: process.env.PATH ?? '',
    LOCAL_EVENTS_URL: served.url,
  });
  const refused = await fetch(served.url, { method: 'POST', body: JSON.stringify(event) });
  await served.close();
  expect(ended).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^{\n {2}"id": "[\w-]{36}"\n}\n{/);
  expect(stdout).toContain(`"${queue}": {`);
  // A web page can send this without asking.
  expect(refused.status).toBe(400);
  await waitUntilEmpty(stack, queue, 60);
  expect(readRuns('reporting_daily').filter(({ conf }) => conf.includes('in/example.csv'))).toHaveLength(1);
});

test('an application cannot publish the event of an AWS service', async () => {
  if (stack === undefined) return;
  const output = await stack.events.putEvents({ Entries: [{ Source: 'aws.s3', DetailType: 'x', Detail: '{}' }] });
  expect(output).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }] });
});

test('a redrive without a destination fails, because the function and not SQS moved the messages', async () => {
  if (stack === undefined) return;
  const { model } = stack.gateway;
  const { deadLetterQueue } = stack.getQueues('orders');
  const { arn: SourceArn } = model.queues.find(({ name }) => name === deadLetterQueue)!;
  const before = await stack.events.countMessages(deadLetterQueue);
  expect(before.visible).toBeGreaterThan(0);
  const operator = stack.createCallerInAccount('111122223333', 'operator', 'jo', [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }] },
  ]);
  await callSqs(stack, operator, 'StartMessageMoveTask', { SourceArn });
  await expect
    .poll(() => callSqs(stack!, operator, 'ListMessageMoveTasks', { SourceArn }))
    .toMatchObject({ Results: [{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }] });
  expect(await stack.events.countMessages(deadLetterQueue)).toEqual(before);
});
