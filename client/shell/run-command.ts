import type { AirflowCli } from '../airflow-cli.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { told } from '../failure.ts';
import type { CommandAnswer, ProblemDetails } from '../library/answers.ts';
import { ProxyProblem, type RunOptions } from '../library/mwaa-cli-proxy.ts';
import type { Settings } from '../settings.ts';
import { ownStreams } from './own-streams.ts';

/** Where a command's streams go, and the sentences of ours. */
export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
  /** A sentence of ours, on standard error. */
  say(text: string): void;
}

/** What came of a command: an answer, or the problem in its place. */
export interface Ran {
  readonly exitCode: number;
  readonly answer?: CommandAnswer;
  readonly problem?: ProxyProblem;
}

/**
 * Runs one command and shows what Airflow wrote, unchanged.
 *
 * @throws what `AirflowCli` throws that is no problem
 */
export async function runCommand(
  cli: AirflowCli,
  settings: Settings,
  argv: readonly string[],
  output: Output,
  options: RunOptions,
): Promise<Ran> {
  const show = (streams: Partial<CommandAnswer> | ProblemDetails) => {
    const { stdout, stderr } = ownStreams(streams);
    output.stdout(stdout);
    output.stderr(stderr);
  };
  try {
    const answer = await cli.run(argv, { format: 'raw', ...options });
    show(answer);
    return { exitCode: answer.outcome === 'failed' ? EXIT.failed : EXIT.ok, answer };
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    show(error.problem);
    // What Airflow itself has said need not be said twice.
    if (error.code !== 'command-failed' || !error.problem.stderr) output.say(told(error.problem));
    hint(error.problem, output);
    return { exitCode: exitCodeOf(error, settings), problem: error };
  }
}

/** There is no standard input on the other side: what asks for a yes ends there. */
function hint({ stdout = '', stderr = '' }: { stdout?: string; stderr?: string }, { say }: Output): void {
  if (/EOFError|\(y\/n\)|\[y\/N\]/i.test(stdout + stderr))
    say('Airflow asked for confirmation, and nobody can answer: add --yes.');
}
