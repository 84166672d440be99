import { expect } from 'vitest';
import {
  findPoisoned,
  GOOD_ORDER,
  MISSING_DAG,
  POISONED_EVENTS,
  publishOrder,
  publishPoisoned,
} from '../load/poisoned-events.ts';
import { type EventStack, publishObjects, redrive, waitUntilEmpty } from '../load/run-events.ts';

/** The runs of a DAG, each with its conf in any form that contains the names of the files. */
export type ReadRuns = (dag: string) => readonly { readonly runId: string; readonly conf: string }[];

const EMPTY = { visible: 0, hidden: 0 };

/**
 * Publishes objects of S3, each of which SQS delivers once or several times, while every tenth answer of a trigger is lost after Airflow
 * has run it.
 */
export async function expectOneRunForEachObject(
  stack: EventStack,
  readRuns: ReadRuns,
  play: { readonly count: number; readonly burst: number; readonly pauseMs: number; readonly seconds: number },
): Promise<void> {
  const { queue, deadLetterQueue } = stack.getQueues('landing');
  const before = new Set(readRuns('reporting_daily').map(({ runId }) => runId));
  await stack.setFault('reset-after-run', { every: 10, commands: /^dags trigger/ });
  const keys = await publishObjects(stack, play);
  await waitUntilEmpty(stack, queue, play.seconds);
  await stack.setFault();

  const runs = readRuns('reporting_daily').filter(({ runId }) => !before.has(runId));
  const countRuns = (key: string) => runs.filter(({ conf }) => conf.includes(key)).length;
  expect(
    keys.filter((key) => countRuns(key) > 1),
    'doubled',
  ).toEqual([]);
  expect(
    keys.filter((key) => countRuns(key) === 0),
    'lost',
  ).toEqual([]);
  expect(runs).toHaveLength(keys.length);
  expect(await stack.events.countMessages(queue)).toEqual(EMPTY);
  expect(await stack.events.countMessages(deadLetterQueue)).toEqual(EMPTY);
  expect(stack.mwaa.journal.filter(({ faultName }) => faultName === 'reset-after-run')).not.toEqual([]);
}

/** @param repair makes Airflow know the missing DAG */
export async function expectPoisonedEventsInDeadLetterQueue(
  stack: EventStack,
  readRuns: ReadRuns,
  seconds: number,
  repair: () => Promise<void>,
): Promise<void> {
  const { queue, deadLetterQueue } = stack.getQueues('orders');
  await publishOrder(stack, GOOD_ORDER);
  await stack.events.waitUntilDelivered();
  await waitUntilEmpty(stack, queue, seconds);
  const runsBefore = readRuns('reporting_daily').length;

  await publishPoisoned(stack);
  await waitUntilEmpty(stack, queue, seconds);
  expect(await readReasons()).toEqual(POISONED_EVENTS.map(({ kind, problem }) => `${kind}: ${problem}`).sort());
  expect(readRuns(MISSING_DAG)).toEqual([]);
  expect(readRuns('reporting_daily')).toHaveLength(runsBefore);

  await repair();
  const shown = await redrive(stack, 'orders');
  for (const { problem } of POISONED_EVENTS) expect(shown).toContain(problem);
  await waitUntilEmpty(stack, queue, seconds);
  expect(readRuns(MISSING_DAG)).toHaveLength(1);
  expect(readRuns('reporting_daily')).toHaveLength(runsBefore);
  const others = POISONED_EVENTS.filter(({ problem }) => problem !== 'command-failed');
  expect(await readReasons()).toEqual(others.map(({ kind, problem }) => `${kind}: ${problem}`).sort());

  /** Each event once, although a delivery that is repeated is there again. */
  async function readReasons(): Promise<string[]> {
    const messages = await stack.events.peekMessages(deadLetterQueue);
    const reasons = messages.map(({ Body, MessageAttributes = {} }) => {
      const event = findPoisoned(Body);
      const read = (name: string) => MessageAttributes[name]?.StringValue;
      expect(read('detail')).toMatch(event?.detail ?? /^$/);
      expect(read('event')).toBe('orders');
      expect(read('requestId')).toMatch(/^[\w-]{36}$/);
      return `${event?.kind}: ${read('problem')}`;
    });
    return [...new Set(reasons)].sort();
  }
}
