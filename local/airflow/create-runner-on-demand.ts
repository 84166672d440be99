import { setTimeout as delay } from 'node:timers/promises';
import { type AirflowRunner, RunnerNotReadyError } from './airflow-runner.ts';

/** How long a command waits for an Airflow that starts. An installed one takes a few seconds. */
const START_WAIT_MS = 10_000;

/**
 * Creates a runner whose Airflow starts with the first command. Until it runs, commands are rejected with `RunnerNotReadyError`. If it
 * cannot be started, the next command tries again.
 */
export function createRunnerOnDemand(
  release: string,
  start: () => Promise<AirflowRunner>,
  waitMs = START_WAIT_MS,
): AirflowRunner {
  let starting: Promise<AirflowRunner> | undefined;
  let isClosed = false;
  return {
    kind: 'real',
    release,
    async run(text, signal) {
      if (isClosed) throw new Error('The Airflow runner is closed.');
      starting ??= start();
      const started = starting.catch(() => {
        starting = undefined;
      });
      const runner = await Promise.race([started, delay(waitMs, undefined, { ref: false })]);
      if (runner === undefined) throw new RunnerNotReadyError(`Airflow ${release} is not running yet.`);
      return runner.run(text, signal);
    },
    async close() {
      isClosed = true;
      await starting?.then(
        (runner) => runner.close(),
        () => {},
      );
    },
  };
}
