import { formatProblem } from '../client-failure.ts';
import { EXIT_CODES, getExitCode } from '../exit-codes.ts';
import type { CommandResult, ProblemDetails } from '../library/api-types.ts';
import { ProxyProblem, type RunOptions } from '../library/mwaa-cli-proxy.ts';
import type { Settings } from '../settings.ts';
import type { AirflowCli } from './create-airflow-cli.ts';
import { moveMwaaLogNoise } from './move-mwaa-log-noise.ts';

/** Where a command's streams go, and the sentences of ours. */
export interface CommandOutput {
  stdout(text: string): void;
  stderr(text: string): void;
  /** A sentence of ours, on standard error. */
  printMessage(text: string): void;
}

/** What came of a command: an answer, or the problem in its place. */
export interface CommandRun {
  readonly exitCode: number;
  readonly result?: CommandResult;
  readonly problem?: ProxyProblem;
}

/**
 * Runs one command and shows what Airflow wrote, unchanged.
 *
 * @throws what `AirflowCli` throws that is no problem
 */
export async function runAndPrint(
  cli: AirflowCli,
  settings: Settings,
  argv: readonly string[],
  output: CommandOutput,
  options: RunOptions,
): Promise<CommandRun> {
  const show = (streams: Partial<CommandResult> | ProblemDetails) => {
    const { stdout, stderr } = moveMwaaLogNoise(streams);
    output.stdout(stdout);
    output.stderr(stderr);
  };
  try {
    const answer = await cli.run(argv, { format: 'raw', ...options });
    show(answer);
    return { exitCode: answer.outcome === 'failed' ? EXIT_CODES.failed : EXIT_CODES.ok, result: answer };
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    show(error.problem);
    // What Airflow itself has said need not be said twice.
    if (error.code !== 'command-failed' || !error.problem.stderr) output.printMessage(formatProblem(error.problem));
    printConfirmationHint(error.problem, output);
    return { exitCode: getExitCode(error, settings), problem: error };
  }
}

/** There is no standard input on the other side: what asks for a yes ends there. */
function printConfirmationHint(
  { stdout = '', stderr = '' }: { stdout?: string; stderr?: string },
  { printMessage }: CommandOutput,
): void {
  if (/EOFError|\(y\/n\)|\[y\/N\]/i.test(stdout + stderr))
    printMessage('Airflow asked for confirmation, and nobody can answer: add --yes.');
}
