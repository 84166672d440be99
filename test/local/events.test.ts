/** Events on this machine, with a real Airflow. `events-load.test.ts` plays many. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createRepeatedDelivery,
  type EventStack,
  publishObjects,
  readRuns,
  startEventStack,
  waitUntilEmpty,
} from '../load/run-events.ts';

const RELEASE = '2.10.3';

let stack: EventStack | undefined;

beforeAll(async () => {
  let deliveries = 0;
  const started = await startEventStack(RELEASE, {
    eventPlay: {
      timeScale: 0.02,
      planDelivery: createRepeatedDelivery(500),
      repeats: () => {
        deliveries += 1;
        return deliveries % 5 === 0;
      },
    },
  });
  if ('unavailable' in started) {
    console.error(`SKIPPED: events on this machine: ${started.unavailable}`);
    return;
  }
  stack = started;
});
afterAll(() => stack?.close());

test('each event is one run, however often it is delivered, and although the relay loses answers', async () => {
  if (stack === undefined) return;
  const { queue, deadLetterQueue } = stack.getQueues('landing');
  await stack.setFault('reset-after-run', { every: 4, commands: /^dags trigger/ });
  const t = performance.now();
  const keys = await publishObjects(stack, { count: 6, burst: 3, pauseMs: 100 });
  await waitUntilEmpty(stack, queue, 120);
  console.log(performance.now() - t, stack.events.getStatistics(queue));
  await stack.setFault();
  const runs = readRuns(stack, 'reporting_daily');
  console.log(runs);
  expect(runs).toHaveLength(keys.length);
  expect(await stack.events.countMessages(deadLetterQueue)).toEqual({ visible: 0, hidden: 0 });
});
