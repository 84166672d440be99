import type { AirflowCli } from '../airflow-cli.ts';
import { formatProblem } from '../client-failure.ts';
import { EXIT_CODE_BY_OUTCOME, getExitCode } from '../exit-codes.ts';
import type { CommandResult, SplitCommandResult } from '../library/api-types.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { RunOptions } from '../library/request-command.ts';
import type { Settings } from '../settings.ts';
import type { CommandOutput } from './command-output.ts';
import { type PrintedMembers, printFailure, printResult } from './print-streams.ts';

/** How a command ended: with a result or with a problem. */
export interface CommandRun {
  readonly exitCode: number;
  readonly result?: CommandResult | SplitCommandResult;
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
    const run = settings.streamMode === 'raw' ? cli.run : cli.runSplit;
    const result = await run.call(cli, argv, { format: 'raw', ...options });
    await printResult(argv, result, settings.streamMode, output);
    return { exitCode: EXIT_CODE_BY_OUTCOME[result.outcome], result };
  } catch (error) {
    if (!(error instanceof ProxyProblem) || options.signal?.aborted) throw error;
    const printed: PrintedMembers = error.problem;
    await printFailure(argv, printed, settings.streamMode, output);
    // Airflow's own error output explains a failed command already.
    if (error.code !== 'command-failed' || !hasErrorOutput(printed))
      output.printMessage(formatProblem(error, settings));
    printConfirmationHint(printed, output);
    return { exitCode: getExitCode(error, settings), problem: error };
  }
}

const hasErrorOutput = ({ stderr, messages = [] }: PrintedMembers): boolean =>
  Boolean(stderr) || messages.some(({ stream }) => stream === 'stderr');

/** Commands have no standard input on MWAA, so a confirmation prompt makes them fail. */
function printConfirmationHint(
  { stdout = '', stderr = '', answer = '', messages = [] }: PrintedMembers,
  { printMessage }: CommandOutput,
): void {
  const texts = [stdout, stderr, answer, ...messages.map(({ text }) => text)];
  if (texts.some((text) => /EOFError|\(y\/n\)|\[y\/N\]/i.test(text)))
    printMessage('Airflow asked for confirmation, which is not possible on MWAA. Add --yes to the command.');
}
