import { access } from 'node:fs/promises';
import type { AirflowHome } from './airflow/airflow-home.ts';
import type { AirflowRunner } from './airflow/airflow-runner.ts';
import { createAirflowHome } from './airflow/create-airflow-home.ts';
import { createAirflowRunner } from './airflow/create-airflow-runner.ts';
import { createRunnerOnDemand } from './airflow/create-runner-on-demand.ts';
import { installAirflow } from './airflow/install-airflow.ts';
import { createReplayRunner } from './airflow/replay-runner.ts';
import { startScheduler } from './airflow/start-scheduler.ts';
import { getTranscriptFile } from './airflow/transcript.ts';

/** The Airflow behind one MWAA environment. */
export interface LocalEnvironment {
  readonly name: string;
  readonly runner: AirflowRunner;
  /** The home of the real Airflow. Absent in a replay, and for an Airflow that starts with the first command. */
  readonly home?: AirflowHome;
  /** Why recorded output is replayed. Absent if a real Airflow runs. */
  readonly replayReason?: string;
}

export interface StartEnvironmentOptions {
  /** Replays recorded output. A text says why. */
  readonly replay: boolean | string;
  /** Starts a scheduler, so that the tasks of triggered runs are run. */
  readonly runsTasks: boolean;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** No Airflow can be run, and there is no recording. The message says why. */
export class NoAirflowError extends Error {
  override readonly name = 'NoAirflowError';
}

/**
 * Starts a real Airflow in `folder`, or a replay of recorded output if `replay` is set or Airflow cannot be installed.
 *
 * @throws NoAirflowError
 */
export async function startEnvironment(
  name: string,
  release: string,
  folder: string,
  { replay, runsTasks, onProgress, signal }: StartEnvironmentOptions,
): Promise<LocalEnvironment> {
  const installed = replay
    ? { unavailable: replay === true ? '--replay was set' : replay }
    : await installAirflow(release, { onProgress, signal });
  if ('unavailable' in installed) {
    const replayReason = installed.unavailable;
    if (!(await hasRecording(release)))
      throw new NoAirflowError(`There is no recording of Airflow ${release} to replay: ${replayReason}.`);
    return { name, runner: await createReplayRunner(release), replayReason };
  }
  onProgress(`Airflow ${release}: starting …`);
  const home = await createAirflowHome(installed, folder, { onProgress, signal });
  const runner = createAirflowRunner(installed, home);
  if (!runsTasks) return { name, runner, home };
  const endScheduler = await startScheduler(release, home);
  return {
    name,
    home,
    runner: { ...runner, close: async () => void (await Promise.all([endScheduler(), runner.close()])) },
  };
}

/** Like `startEnvironment`, but Airflow is installed and started when the first command arrives. */
export function startEnvironmentOnDemand(
  name: string,
  release: string,
  folder: string,
  options: StartEnvironmentOptions,
): LocalEnvironment {
  const start = async () => {
    options.onProgress(`${name}: the first command has arrived.`);
    try {
      const { runner, replayReason } = await startEnvironment(name, release, folder, options);
      const state = replayReason === undefined ? 'running' : `replaying recorded output: ${replayReason}`;
      options.onProgress(`Airflow ${release}: ${state}`);
      return runner;
    } catch (error) {
      if (!options.signal?.aborted) options.onProgress(`${name}: ${(error as Error).message}`);
      throw error;
    }
  };
  return { name, runner: createRunnerOnDemand(release, start) };
}

/** Whether recorded output of a release can be replayed. */
export const hasRecording = (release: string): Promise<boolean> =>
  access(getTranscriptFile(release)).then(
    () => true,
    () => false,
  );
