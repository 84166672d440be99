import type { AirflowHome } from './airflow-home.ts';
import type { AirflowRunner } from './airflow-runner.ts';
import type { InstalledAirflow } from './install-airflow.ts';
import { createPlainRunner } from './plain-runner.ts';
import { createPreforkRunner } from './prefork-runner.ts';

/** `plain` starts a new Airflow process for each command. `prefork` forks each command from a process that has imported Airflow. */
export type RunnerMode = 'plain' | 'prefork';

/**
 * With `prefork` a command takes less than half a second instead of two to seven. A test compares the results of both modes. Linux only:
 * macOS kills forked processes that use some of its frameworks.
 */
export const DEFAULT_RUNNER_MODE: RunnerMode = process.platform === 'linux' ? 'prefork' : 'plain';

/** Creates a runner that runs each command with a real Airflow, in a separate process. */
export function createAirflowRunner(
  installed: InstalledAirflow,
  home: AirflowHome,
  options: { mode?: RunnerMode } = {},
): AirflowRunner {
  return (options.mode ?? DEFAULT_RUNNER_MODE) === 'plain'
    ? createPlainRunner(installed, home)
    : createPreforkRunner(installed, home);
}
