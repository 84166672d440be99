import type { Home } from './home.ts';
import type { Installed } from './install.ts';
import { plainRunner } from './plain.ts';
import { preforkRunner } from './prefork.ts';
import type { Runner } from './runner.ts';

/** `plain` starts Airflow anew for each command. `prefork` forks each command from a process that has imported it. */
export type Mode = 'plain' | 'prefork';

/**
 * Forking is what makes a command take less than half a second instead of two to seven; a test holds the two modes
 * against each other. Linux only: macOS kills forked children that touch some of its frameworks.
 */
export const defaultMode: Mode = process.platform === 'linux' ? 'prefork' : 'plain';

/** A runner that hands each command to a real Airflow, in an operating system process of the command's own. */
export function runner(installed: Installed, home: Home, options: { mode?: Mode } = {}): Runner {
  return (options.mode ?? defaultMode) === 'plain' ? plainRunner(installed, home) : preforkRunner(installed, home);
}
