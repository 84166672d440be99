import type { AirflowHome } from './airflow-home.ts';
import type { AirflowRunner } from './airflow-runner.ts';
import type { InstalledAirflow } from './install-airflow.ts';
import { createPlainRunner } from './plain-runner.ts';
import { createPreforkRunner } from './prefork-runner.ts';

/** `plain` starts Airflow anew for each command. `prefork` forks each command from a process that has imported it. */
export type RunnerMode = 'plain' | 'prefork';

/**
 * Forking is what makes a command take less than half a second instead of two to seven; a test holds the two modes
 * against each other. Linux only: macOS kills forked children that touch some of its frameworks.
 */
export const DEFAULT_RUNNER_MODE: RunnerMode = process.platform === 'linux' ? 'prefork' : 'plain';

/** A runner that hands each command to a real Airflow, in an operating system process of the command's own. */
export function createAirflowRunner(
  installed: InstalledAirflow,
  home: AirflowHome,
  options: { mode?: RunnerMode } = {},
): AirflowRunner {
  return (options.mode ?? DEFAULT_RUNNER_MODE) === 'plain'
    ? createPlainRunner(installed, home)
    : createPreforkRunner(installed, home);
}
