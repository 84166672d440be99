import { expect, test } from 'vitest';
import { RunnerNotReadyError } from '../../../../local/airflow/airflow-runner.ts';
import { createRunnerOnDemand } from '../../../../local/airflow/create-runner-on-demand.ts';
import { createReplayRunner } from '../../../../local/airflow/replay-runner.ts';

test('starts Airflow once, with the first command', async () => {
  let starts = 0;
  const runner = createRunnerOnDemand('2.10.3', () => {
    starts += 1;
    return createReplayRunner('2.10.3');
  });
  expect(starts).toBe(0);
  const results = await Promise.all([runner.run('version'), runner.run('version')]);
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(starts).toBe(1);
  await runner.close();
  await expect(runner.run('version')).rejects.toThrow('closed');
});

test('a command that arrives before Airflow runs was not run, and a later one is', async () => {
  const started = Promise.withResolvers<void>();
  const start = () => started.promise.then(() => createReplayRunner('2.10.3'));
  const runner = createRunnerOnDemand('2.10.3', start, 1);
  await expect(runner.run('version')).rejects.toThrow(RunnerNotReadyError);
  started.resolve();
  await started.promise;
  expect((await createRunnerOnDemand('2.10.3', start).run('version')).exitCode).toBe(0);
});

test('tries again after a start that failed', async () => {
  const starts = [() => Promise.reject(new Error('no network')), () => createReplayRunner('2.10.3')];
  const runner = createRunnerOnDemand('2.10.3', () => starts.shift()!());
  await expect(runner.run('version')).rejects.toThrow(RunnerNotReadyError);
  expect((await runner.run('version')).exitCode).toBe(0);
});
