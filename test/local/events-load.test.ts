/** Many events on this machine, with a real Airflow. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createRepeatedDelivery,
  type EventStack,
  getMaximum,
  readRuns as readRunsOfStack,
  startEventStack,
  workAsPerson,
} from '../load/run-events.ts';
import { expectOneRunForEachObject, expectPoisonedEventsInDeadLetterQueue } from './event-scenarios.ts';

/** A command of 2.10.3 takes half a second, and a repeat runs three of them. */
const RELEASES = [
  { release: '2.10.3', count: 500 },
  { release: '3.3.1', count: 20 },
];

const HOURS_MS = 3_600_000;
/** Whoever finds no free slot waits for longer than this before the second try. */
const SHORTEST_WAIT_MS = 100;
/** Of a person's command, which has slots of its own. It is on a machine whose cores are busy with events. */
const MAX_PERSON_MS = 30_000;

describe.each(RELEASES)('events on Airflow $release', ({ release, count }) => {
  let stack: EventStack | undefined;

  beforeAll(async () => {
    let deliveries = 0;
    const started = await startEventStack(release, 1, {
      eventPlay: {
        timeScale: 0.1,
        planDelivery: createRepeatedDelivery(5000),
        repeats: () => {
          deliveries += 1;
          return deliveries % 20 === 0;
        },
      },
    });
    if ('unavailable' in started) console.error(`SKIPPED: events on Airflow ${release}: ${started.unavailable}`);
    else stack = started;
  });
  afterAll(() => stack?.close());

  test(
    `${count} events are ${count} runs, and a person waits for no slot`,
    async () => {
      if (stack === undefined) return;
      const running = stack;
      const done = new AbortController();
      const person = workAsPerson(running, done.signal, 5000);
      const startedAt = performance.now();
      try {
        await expectOneRunForEachObject(running, (dag) => readRunsOfStack(running, dag), {
          count,
          burst: 50,
          pauseMs: 2000,
          seconds: 3 * 3600,
        });
      } finally {
        done.abort();
      }
      const { durations, failures, queuedMs } = await person;
      const { queue } = running.getQueues('landing');
      console.log(
        `Airflow ${release}: ${count} events in ${Math.round((performance.now() - startedAt) / 1000)} s`,
        running.events.getStatistics(queue),
        `lost answers: ${running.mwaa.journal.filter(({ faultName }) => faultName === 'reset-after-run').length}`,
        `person: ${durations.length} commands, median ${getMedian(durations)} ms, longest ${Math.round(getMaximum(durations))} ms`,
      );
      expect(failures).toEqual([]);
      expect(queuedMs).toBeLessThan(SHORTEST_WAIT_MS);
      expect(getMaximum(durations)).toBeLessThan(MAX_PERSON_MS);
    },
    4 * HOURS_MS,
  );

  test('poisoned events are in the dead-letter queue with their reason, and run after a redrive', async () => {
    if (stack === undefined) return;
    const running = stack;
    const { runner } = running.environments[0]!;
    const run = async (command: string) => {
      const { exitCode, stderr } = await runner.run(command);
      expect(exitCode, String(stderr)).toBe(0);
    };
    await run('dags delete fails_on_purpose --yes');
    const repair = () => run('dags reserialize');
    await expectPoisonedEventsInDeadLetterQueue(running, (dag) => readRunsOfStack(running, dag), 600, repair);
  });
});

const getMedian = (values: readonly number[]): number =>
  Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
