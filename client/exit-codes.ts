import { USAGE_ERROR } from '../airflow/failure-evidence.ts';
import type { ProxyProblem } from './library/mwaa-cli-proxy.ts';
import type { Settings } from './settings.ts';

/** Exit codes. argparse's own 2 for what is no command; the others as in `sysexits.h` where it has a fitting one. */
export const EXIT_CODES = {
  ...{ ok: 0, failed: 1, usage: 2, unknown: 3, unavailable: 69, refused: 77, setup: 78 },
  /** As of a process that Ctrl-C ended. */
  interrupted: 130,
} as const;

const EXIT_CODE_BY_PROBLEM: Readonly<Record<string, number>> = {
  'command-failed': EXIT_CODES.failed,
  'logical-date-collision': EXIT_CODES.failed,
  'invalid-command': EXIT_CODES.usage,
  'malformed-request': EXIT_CODES.usage,
  'not-granted': EXIT_CODES.refused,
  'not-signed': EXIT_CODES.refused,
  'not-authenticated': EXIT_CODES.refused,
  'caller-refused': EXIT_CODES.refused,
  'command-refused': EXIT_CODES.refused,
  'outcome-unclear': EXIT_CODES.unknown,
  'outcome-unknown': EXIT_CODES.unknown,
  'gateway-error': EXIT_CODES.unknown,
  'gateway-timeout': EXIT_CODES.unknown,
};

/** Without a proxy these are the caller's own: its permissions, its settings. */
const EXIT_CODE_BY_DIRECT_PROBLEM: Readonly<Record<string, number>> = {
  'token-not-permitted': EXIT_CODES.refused,
  'no-such-environment': EXIT_CODES.setup,
  'host-refused': EXIT_CODES.setup,
};

/** What a program of ours exits with after a problem. */
export function getExitCode({ code, problem }: ProxyProblem, settings: Settings): number {
  if (code === 'command-failed' && problem.evidence === USAGE_ERROR) return EXIT_CODES.usage;
  const own = 'mwaa' in settings ? EXIT_CODE_BY_DIRECT_PROBLEM[code] : undefined;
  return own ?? EXIT_CODE_BY_PROBLEM[code] ?? EXIT_CODES.unavailable;
}
