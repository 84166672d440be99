import type { AirflowHome } from './airflow/airflow-home.ts';
import type { AirflowRunner } from './airflow/airflow-runner.ts';
import { createAirflowHome } from './airflow/create-airflow-home.ts';
import { createAirflowRunner } from './airflow/create-airflow-runner.ts';
import { installAirflow } from './airflow/install-airflow.ts';
import { createReplayRunner } from './airflow/replay-runner.ts';

/** The Airflow behind one MWAA environment. */
export interface LocalEnvironment {
  readonly name: string;
  readonly runner: AirflowRunner;
  /** The home of the real Airflow. Absent in a replay. */
  readonly home?: AirflowHome;
  /** Why recorded output is replayed. Absent if a real Airflow runs. */
  readonly replayReason?: string;
}

/** Starts a real Airflow in `folder`, or a replay of recorded output if `replay` is set or Airflow cannot be installed. */
export async function startEnvironment(
  name: string,
  release: string,
  folder: string,
  { replay, onProgress }: { replay: boolean; onProgress: (line: string) => void },
): Promise<LocalEnvironment> {
  const installed = replay ? { unavailable: '--replay was set' } : await installAirflow(release, { onProgress });
  if ('unavailable' in installed) {
    return { name, runner: await createReplayRunner(release), replayReason: installed.unavailable };
  }
  onProgress(`Airflow ${release}: starting …`);
  const home = await createAirflowHome(installed, folder, { onProgress });
  return { name, runner: createAirflowRunner(installed, home), home };
}
