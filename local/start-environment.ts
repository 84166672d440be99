import { access } from 'node:fs/promises';
import type { AirflowHome } from './airflow/airflow-home.ts';
import type { AirflowRunner } from './airflow/airflow-runner.ts';
import { createAirflowHome } from './airflow/create-airflow-home.ts';
import { createAirflowRunner } from './airflow/create-airflow-runner.ts';
import { createRunnerOnDemand } from './airflow/create-runner-on-demand.ts';
import { installAirflow } from './airflow/install-airflow.ts';
import { createReplayRunner } from './airflow/replay-runner.ts';
import { startScheduler } from './airflow/start-scheduler.ts';
import { startWebServer } from './airflow/start-web-server.ts';
import { getTranscriptFile } from './airflow/transcript.ts';
import {
  createMissingWebServer,
  createWebServerOnDemand,
  type WebServerOnDemand,
} from './airflow/web-server-on-demand.ts';

/** The Airflow behind one MWAA environment. */
export interface LocalEnvironment {
  readonly name: string;
  readonly runner: AirflowRunner;
  /** Airflow's own web server, which starts with the first request. It ends with the runner. */
  readonly webServer: WebServerOnDemand;
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
  /** A folder of DAG files in place of the examples. */
  readonly dags?: string | undefined;
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
  { replay, runsTasks, dags, onProgress, signal }: StartEnvironmentOptions,
): Promise<LocalEnvironment> {
  const installed = replay
    ? { unavailable: replay === true ? '--replay was set' : replay }
    : await installAirflow(release, { onProgress, signal });
  if ('unavailable' in installed) {
    const replayReason = installed.unavailable;
    if (!(await hasRecording(release)))
      throw new NoAirflowError(`There is no recording of Airflow ${release} to replay: ${replayReason}.`);
    const webServer = createMissingWebServer(`recorded output is replayed: ${replayReason}`);
    return { name, runner: await createReplayRunner(release), webServer, replayReason };
  }
  onProgress(`Airflow ${release}: starting …`);
  const home = await createAirflowHome(installed, folder, {
    onProgress,
    signal,
    ...(dags === undefined ? {} : { dags }),
  });
  const runner = createAirflowRunner(installed, home);
  const webServer = createWebServerOnDemand((ending) => {
    onProgress(`Airflow ${release}: starting the web server …`);
    return startWebServer(release, home, ending);
  });
  const endScheduler = runsTasks ? await startScheduler(release, home) : async () => {};
  const close = async () => void (await Promise.all([endScheduler(), webServer.end(), runner.close()]));
  return { name, home, webServer, runner: { ...runner, close } };
}

/** Like `startEnvironment`, but Airflow is installed and started when the first command or the first call of the REST API arrives. */
export function startEnvironmentOnDemand(
  name: string,
  release: string,
  folder: string,
  options: StartEnvironmentOptions,
): LocalEnvironment {
  let starting: Promise<LocalEnvironment> | undefined;
  const start = async () => {
    options.onProgress(`${name}: the first request has arrived.`);
    try {
      const environment = await startEnvironment(name, release, folder, options);
      const { replayReason } = environment;
      const state = replayReason === undefined ? 'running' : `replaying recorded output: ${replayReason}`;
      options.onProgress(`Airflow ${release}: ${state}`);
      return environment;
    } catch (error) {
      starting = undefined;
      if (!options.signal?.aborted) options.onProgress(`${name}: ${(error as Error).message}`);
      throw error;
    }
  };
  const startOnce = () => {
    starting ??= start();
    return starting;
  };
  const runner = createRunnerOnDemand(release, async () => (await startOnce()).runner);
  const close = async () => {
    await runner.close();
    await starting?.then(
      (environment) => environment.runner.close(),
      () => {},
    );
  };
  return {
    name,
    runner: { ...runner, close },
    webServer: {
      get: async () => (await startOnce()).webServer.get(),
      end: async () => (await starting)?.webServer.end(),
    },
  };
}

/** Whether recorded output of a release can be replayed. */
export const hasRecording = (release: string): Promise<boolean> =>
  access(getTranscriptFile(release)).then(
    () => true,
    () => false,
  );
