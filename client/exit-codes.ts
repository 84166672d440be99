import { USAGE_ERROR } from '../airflow/failure.ts';
import type { ProxyProblem } from './library/mwaa-cli-proxy.ts';
import type { Settings } from './settings.ts';

/** Exit codes. argparse's own 2 for what is no command; the others as in `sysexits.h` where it has a fitting one. */
export const EXIT = {
  ...{ ok: 0, failed: 1, usage: 2, unknown: 3, unavailable: 69, refused: 77, setup: 78 },
  /** As of a process that Ctrl-C ended. */
  interrupted: 130,
} as const;

const BY_PROBLEM: Readonly<Record<string, number>> = {
  'command-failed': EXIT.failed,
  'logical-date-collision': EXIT.failed,
  'invalid-command': EXIT.usage,
  'malformed-request': EXIT.usage,
  'not-granted': EXIT.refused,
  'not-signed': EXIT.refused,
  'not-authenticated': EXIT.refused,
  'caller-refused': EXIT.refused,
  'command-refused': EXIT.refused,
  'outcome-unclear': EXIT.unknown,
  'outcome-unknown': EXIT.unknown,
  'gateway-error': EXIT.unknown,
  'gateway-timeout': EXIT.unknown,
};

/** Without a proxy these are the caller's own: its permissions, its settings. */
const BY_PROBLEM_OF_MWAA: Readonly<Record<string, number>> = {
  'token-not-permitted': EXIT.refused,
  'no-such-environment': EXIT.setup,
  'host-refused': EXIT.setup,
};

/** What a program of ours exits with after a problem. */
export function exitCodeOf({ code, problem }: ProxyProblem, settings: Settings): number {
  if (code === 'command-failed' && problem.evidence === USAGE_ERROR) return EXIT.usage;
  const own = 'mwaa' in settings ? BY_PROBLEM_OF_MWAA[code] : undefined;
  return own ?? BY_PROBLEM[code] ?? EXIT.unavailable;
}
