import type { WaitLimits } from '../../library/wait-for-run.ts';
import { parseDuration } from '../duration.ts';

/** The options of every command that waits for a run. */
export const WAIT_OPTIONS = {
  timeout: { type: 'string', default: '30m' },
  interval: { type: 'string', default: '5s' },
} as const;

export const WAIT_OPTIONS_HELP = `  --timeout TIME      stop waiting after this time, for example 90s, 30m or 2h; default 30m. The run continues
  --interval TIME     pause between the first two polls; default 5s. Each further pause is 50% longer, up to one minute`;

export const WAIT_EXIT_HELP = `0 the run succeeded, 1 the run failed, 2 invalid usage, 66 the run does not exist, 124 timed out, 130 Ctrl-C;
others as for the airflow command (docs/shell.md)`;

/** @throws UsageError */
export const parseWaitLimits = ({
  timeout,
  interval,
}: {
  timeout: string;
  interval: string;
}): Omit<WaitLimits, 'appearanceTimeoutMs'> => ({
  timeoutMs: parseDuration(timeout, '--timeout'),
  initialIntervalMs: parseDuration(interval, '--interval'),
});
