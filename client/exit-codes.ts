import { USAGE_ERROR } from '../airflow/usage-error.ts';
import type { CommandResult } from './library/api-types.ts';
import type { ProxyProblem } from './library/proxy-problem.ts';
import type { Settings } from './settings.ts';

/**
 * Exit codes of the `airflow` command. 2 is the exit code of argparse for a usage error; the codes from 69 to 78 are those of
 * `sysexits.h` for similar errors. `airflow/run-and-print.ts` uses them for results, `client-failure.ts` for errors.
 */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  unknown: 3,
  unavailable: 69,
  /** `EX_IOERR`: the command succeeded, and what it printed could not be written. */
  outputLost: 74,
  /** `EX_TEMPFAIL`: nothing ran, and the same command may succeed later. */
  busy: 75,
  refused: 77,
  setup: 78,
  /** The exit code that a shell reports for a process that Ctrl-C ended. */
  interrupted: 130,
} as const;

/** A problem that is in no table means that a service is unavailable. */
export const EXIT_CODE_BY_PROBLEM: Readonly<Record<string, number>> = {
  'command-failed': EXIT_CODES.failed,
  'logical-date-collision': EXIT_CODES.failed,
  'invalid-command': EXIT_CODES.usage,
  'malformed-request': EXIT_CODES.usage,
  'key-reused': EXIT_CODES.usage,
  'not-granted': EXIT_CODES.refused,
  'not-signed': EXIT_CODES.refused,
  'not-authenticated': EXIT_CODES.refused,
  'caller-refused': EXIT_CODES.refused,
  'gateway-refused': EXIT_CODES.refused,
  'command-refused': EXIT_CODES.refused,
  'outcome-unclear': EXIT_CODES.unknown,
  busy: EXIT_CODES.busy,
  'airflow-busy': EXIT_CODES.busy,
  'token-throttled': EXIT_CODES.busy,
  throttled: EXIT_CODES.busy,
  'not-found': EXIT_CODES.setup,
};

/** For `command-failed`: its evidence says how Airflow exited. */
export const EXIT_CODE_BY_EVIDENCE: Readonly<Record<string, number>> = { [USAGE_ERROR]: EXIT_CODES.usage };

/** The exit code for a result. */
export const EXIT_CODE_BY_OUTCOME: Readonly<Record<CommandResult['outcome'], number>> = {
  succeeded: EXIT_CODES.ok,
  unverified: EXIT_CODES.ok,
  failed: EXIT_CODES.failed,
};

/** Without a proxy, these problems are about the caller's own permissions and settings. */
export const EXIT_CODE_BY_DIRECT_PROBLEM: Readonly<Record<string, number>> = {
  'token-not-permitted': EXIT_CODES.refused,
  'no-such-environment': EXIT_CODES.setup,
  'host-refused': EXIT_CODES.setup,
};

/** The exit code for a problem. */
export function getExitCode({ code, problem, outcomeUnknown }: ProxyProblem, settings: Settings): number {
  if (outcomeUnknown) return EXIT_CODES.unknown;
  const evidenceExitCode = code === 'command-failed' ? EXIT_CODE_BY_EVIDENCE[problem.evidence ?? ''] : undefined;
  if (evidenceExitCode !== undefined) return evidenceExitCode;
  const directExitCode = 'mwaa' in settings ? EXIT_CODE_BY_DIRECT_PROBLEM[code] : undefined;
  return directExitCode ?? EXIT_CODE_BY_PROBLEM[code] ?? EXIT_CODES.unavailable;
}
