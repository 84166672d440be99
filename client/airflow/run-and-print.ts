import type { CliStreams } from '../../airflow/streams.ts';
import type { AirflowCli } from '../airflow-cli.ts';
import { formatProblem } from '../client-failure.ts';
import { EXIT_CODE_BY_OUTCOME, getExitCode } from '../exit-codes.ts';
import type { CommandResult } from '../library/api-types.ts';
import type { RunOptions } from '../library/mwaa-cli-proxy-client.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { Settings } from '../settings.ts';
import type { CommandOutput } from './command-output.ts';
import { printFailure, printResult } from './print-streams.ts';

/** How a command ended: with a result or with a problem. */
export interface CommandRun {
  readonly exitCode: number;
  readonly result?: CommandResult;
  readonly problem?: ProxyProblem;
}

/**
 * Runs one command. Prints its answer to standard output and everything else to standard error, unless the settings want both streams
 * as Airflow printed them.
 *
 * @throws errors of `AirflowCli` other than `ProxyProblem`; every error if the signal is aborted
 */
export async function runAndPrint(
  cli: AirflowCli,
  settings: Settings,
  argv: readonly string[],
  output: CommandOutput,
  options: RunOptions,
): Promise<CommandRun> {
  try {
    const result = await cli.run(argv, { format: 'raw', ...options });
    printResult(argv, result, settings.streamMode, output);
    return { exitCode: EXIT_CODE_BY_OUTCOME[result.outcome], result };
  } catch (error) {
    if (!(error instanceof ProxyProblem) || options.signal?.aborted) throw error;
    printFailure(argv, error.problem, settings.streamMode, output);
    // Airflow's own error output explains a failed command already.
    if (error.code !== 'command-failed' || !error.problem.stderr) output.printMessage(formatProblem(error, settings));
    printConfirmationHint(error.problem, output);
    return { exitCode: getExitCode(error, settings), problem: error };
  }
}

/** Commands have no standard input on MWAA, so a confirmation prompt makes them fail. */
function printConfirmationHint(
  { stdout = '', stderr = '' }: Partial<CliStreams>,
  { printMessage }: CommandOutput,
): void {
  if (/EOFError|\(y\/n\)|\[y\/N\]/i.test(stdout + stderr))
    printMessage('Airflow asked for confirmation, which is not possible on MWAA. Add --yes to the command.');
}
