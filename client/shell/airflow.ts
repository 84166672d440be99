import { type AirflowCli, airflowCli } from '../airflow-cli.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import type { CommandAnswer, ProblemDetails } from '../library/answers.ts';
import { ProxyProblem } from '../library/mwaa-cli-proxy.ts';
import { type Settings, SettingsFault, settingsFrom } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { help, isHelp } from './help.ts';
import { ownStreams } from './own-streams.ts';
import { importVariables, isImport } from './variables-import.ts';

type Streams = Omit<Terminal, 'stdin'>;

/**
 * The `airflow` command: every word goes to the environment, through the proxy or, where none is named, to MWAA itself. Airflow's
 * standard output and nothing else goes to standard output; ours goes to standard error, with `airflow (proxy):` before it.
 *
 * @param signal aborted when the person has had enough
 * @returns the exit code: Airflow's own where it is known, 0 where it cannot be told and nothing speaks against it
 */
export async function airflow(
  argv: readonly string[],
  terminal: Streams,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  if (isHelp(argv)) return help(argv, terminal, signal);
  let settings: Settings | undefined;
  const say = (text: string) =>
    terminal.stderr(`airflow (${settings && 'mwaa' in settings ? 'direct' : 'proxy'}): ${text}\n`);
  try {
    settings = await settingsFrom(terminal.environment);
    const known = settings;
    const cli = await airflowCli(known);
    if (isImport(argv)) {
      return await importVariables(argv, cli, { ...terminal, say }, (problem) => exitCodeOf(problem, known), signal);
    }
    return await send(cli, known, argv, terminal, say, signal);
  } catch (error) {
    const [code, text] = failureOf(error, settings, signal);
    say(text);
    return code;
  }
}

/** Why nothing is known of an answer: the exit code, and what is said. */
function failureOf(error: unknown, settings: Settings | undefined, signal: AbortSignal): [code: number, text: string] {
  if (error instanceof SettingsFault) return [EXIT.setup, error.message];
  if (error instanceof ProxyProblem && settings !== undefined)
    return [exitCodeOf(error, settings), told(error.problem)];
  if (signal.aborted) {
    return [
      EXIT.interrupted,
      'interrupted. What was sent may still be running: look in Airflow before sending it again.',
    ];
  }
  if ((error as Error).name === 'CredentialsProviderError') {
    return [EXIT.setup, `no AWS credentials were found: ${(error as Error).message}`];
  }
  const where = settings && 'proxy' in settings ? settings.proxy.url : 'MWAA';
  return [EXIT.unavailable, `${where} cannot be reached: ${reasonOf(error)}`];
}

async function send(
  cli: AirflowCli,
  settings: Settings,
  argv: readonly string[],
  terminal: Streams,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const show = (streams: Partial<CommandAnswer> | ProblemDetails) => {
    const { stdout, stderr } = ownStreams(streams);
    terminal.stdout(stdout);
    terminal.stderr(stderr);
  };
  try {
    const answer = await cli.run(argv, { format: 'raw', signal });
    show(answer);
    return answer.outcome === 'failed' ? EXIT.failed : EXIT.ok;
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    show(error.problem);
    const code = exitCodeOf(error, settings);
    // What Airflow itself has said need not be said twice.
    if (error.code !== 'command-failed' || !error.problem.stderr) say(told(error.problem));
    hint(error.problem, say);
    return code;
  }
}

const told = ({ detail, requestId }: ProblemDetails): string =>
  `${detail}${requestId ? ` (request ${requestId})` : ''}`;

/** There is no standard input on the other side: what asks for a yes ends there. */
function hint({ stdout = '', stderr = '' }: { stdout?: string; stderr?: string }, say: (text: string) => void): void {
  if (/EOFError|\(y\/n\)|\[y\/N\]/i.test(stdout + stderr))
    say('Airflow asked for confirmation, and nobody can answer: add --yes.');
}

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
