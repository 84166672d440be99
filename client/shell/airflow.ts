import type { CommandAnswer, ProblemDetails } from '../library/answers.ts';
import { MwaaCliProxy, ProxyProblem } from '../library/mwaa-cli-proxy.ts';
import { type Settings, SettingsFault, settingsFrom } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

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

type Say = (text: string) => void;

/**
 * The `airflow` command: every word goes to the environment, through the proxy. Airflow's standard output and nothing else goes
 * to standard output; ours goes to standard error, with `airflow (proxy):` before it.
 *
 * @param signal aborted when the person has had enough
 * @returns the exit code, 0 only where Airflow's own is 0 or cannot be told
 */
export async function airflow(
  argv: readonly string[],
  terminal: Omit<Terminal, 'stdin'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const say: Say = (text) => terminal.stderr(`airflow (proxy): ${text}\n`);
  let settings: Settings | undefined;
  try {
    settings = await settingsFrom(terminal.environment);
    return await send(settings, argv, terminal, say, signal);
  } catch (error) {
    if (error instanceof SettingsFault) {
      say(error.message);
      return EXIT.setup;
    }
    if (signal.aborted) {
      say('interrupted. What was sent may still be running: look in Airflow before sending it again.');
      return EXIT.interrupted;
    }
    if ((error as Error).name === 'CredentialsProviderError') {
      say(`no AWS credentials were found: ${(error as Error).message}`);
      return EXIT.setup;
    }
    say(`${settings?.proxy.url} cannot be reached: ${reasonOf(error)}`);
    return EXIT.unavailable;
  }
}

async function send(
  { proxy, environment }: Settings,
  argv: readonly string[],
  terminal: Omit<Terminal, 'stdin'>,
  say: Say,
  signal: AbortSignal,
): Promise<number> {
  const show = ({ stdout = '', stderr = '' }: Partial<CommandAnswer> | ProblemDetails) => {
    terminal.stdout(stdout);
    terminal.stderr(stderr);
  };
  try {
    const answer = await new MwaaCliProxy(proxy, environment).run(argv, { format: 'raw', signal });
    show(answer);
    return answer.outcome === 'failed' ? EXIT.failed : EXIT.ok;
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    const { problem, code } = error;
    show(problem);
    say(`${problem.detail}${problem.requestId ? ` (request ${problem.requestId})` : ''}`);
    hint(problem, say);
    return BY_PROBLEM[code] ?? EXIT.unavailable;
  }
}

/** There is no standard input on the other side: what asks for a yes ends there. */
function hint({ stdout = '', stderr = '' }: { stdout?: string; stderr?: string }, say: Say): void {
  if (/EOFError|\(y\/n\)|\[y\/N\]/i.test(stdout + stderr))
    say('Airflow asked for confirmation, and nobody can answer: add --yes.');
}

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
