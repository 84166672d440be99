import { credentialsFrom } from './credentials.ts';
import { type ProblemDetails, type ProxyAddress, runCommand } from './mwaa-cli-proxy.ts';
import { regionOf } from './signed-fetch.ts';
import type { Terminal } from './terminal.ts';

/** Exit codes. argparse's own 2 for what is no command; the others as in `sysexits.h` where it has a fitting one. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unknown: 3, unavailable: 69, refused: 77, setup: 78 } as const;

const BY_PROBLEM: Readonly<Record<string, number>> = {
  'command-failed': EXIT.failed,
  'logical-date-collision': EXIT.failed,
  'invalid-command': EXIT.usage,
  'malformed-request': EXIT.usage,
  'not-granted': EXIT.refused,
  'not-signed': EXIT.refused,
  'not-authenticated': EXIT.refused,
  'caller-refused': EXIT.refused,
  'outcome-unclear': EXIT.unknown,
  'outcome-unknown': EXIT.unknown,
  'gateway-error': EXIT.unknown,
  'gateway-timeout': EXIT.unknown,
};

/**
 * The `airflow` command: every word goes to the environment. Airflow's standard output and nothing else goes to standard
 * output; ours goes to standard error, with `airflow (proxy):` before it.
 *
 * @returns the exit code, 0 only where Airflow's own is 0 or cannot be told
 */
export async function airflow(argv: readonly string[], terminal: Omit<Terminal, 'stdin'>): Promise<number> {
  const say = (text: string) => terminal.stderr(`airflow (proxy): ${text}\n`);
  const proxy = proxyFrom(terminal.environment);
  if (typeof proxy === 'string') {
    say(proxy);
    return EXIT.setup;
  }
  try {
    const result = await runCommand(proxy, argv, 'raw');
    const streams: { stdout?: string; stderr?: string } = result.ok ? result.answer : result.problem;
    terminal.stdout(streams.stdout ?? '');
    terminal.stderr(streams.stderr ?? '');
    if (result.ok) return result.answer.outcome === 'failed' ? EXIT.failed : EXIT.ok;
    say(explain(result.problem));
    return BY_PROBLEM[codeOf(result.problem)] ?? EXIT.unavailable;
  } catch (error) {
    say(`${proxy.url} cannot be reached: ${reasonOf(error)}`);
    return EXIT.unavailable;
  }
}

/** The address of the proxy, or what is missing. */
function proxyFrom(environment: NodeJS.ProcessEnv): ProxyAddress | string {
  const { MWAA_CLI_PROXY_URL: url, MWAA_ENVIRONMENT: name } = environment;
  if (!url) return 'Set MWAA_CLI_PROXY_URL to the address of the API.';
  if (!URL.canParse(url)) return `MWAA_CLI_PROXY_URL is not an address: ${url}`;
  if (!name) return 'Set MWAA_ENVIRONMENT to the name of the environment.';
  const credentials = credentialsFrom(environment);
  if (!credentials) return 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN).';
  const region = regionOf(new URL(url)) ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  if (!region) return 'Set AWS_REGION: it does not stand in the address of the API.';
  return { url, environment: name, region, credentials };
}

function explain(problem: ProblemDetails): string {
  return `${problem.detail}${problem.requestId ? ` (request ${problem.requestId})` : ''}`;
}

const codeOf = (problem: ProblemDetails): string => problem.type.slice(problem.type.lastIndexOf(':') + 1);

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
