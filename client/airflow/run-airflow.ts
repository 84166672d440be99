import { toClientFailure } from '../client-failure.ts';
import { getExitCode } from '../exit-codes.ts';
import { loadSettings, type Settings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { createAirflowCli } from './create-airflow-cli.ts';
import { isHelpRequest } from './is-help-request.ts';
import { isVariablesImport } from './is-variables-import.ts';
import { runAndPrint } from './run-and-print.ts';

type AirflowTerminal = Omit<Terminal, 'stdin'>;

/**
 * The `airflow` command: every word goes to the environment, through the proxy or, where none is named, to MWAA itself. Airflow's
 * standard output and nothing else goes to standard output; ours goes to standard error, with `airflow (proxy):` before it.
 *
 * @param signal aborted when the person has had enough
 * @returns the exit code: Airflow's own where it is known, 0 where it cannot be told and nothing speaks against it
 */
export async function runAirflow(
  argv: readonly string[],
  terminal: AirflowTerminal,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  if (isHelpRequest(argv)) return (await import('./print-help.ts')).printHelp(argv, terminal, signal);
  let settings: Settings | undefined;
  const printMessage = (text: string) =>
    terminal.stderr(`airflow (${settings && 'mwaa' in settings ? 'direct' : 'proxy'}): ${text}\n`);
  const output = { ...terminal, printMessage };
  try {
    settings = await loadSettings(terminal.environment);
    const known = settings;
    const cli = await createAirflowCli(known);
    if (isVariablesImport(argv)) {
      const { importVariables } = await import('./import-variables.ts');
      return await importVariables(argv, cli, output, (problem) => getExitCode(problem, known), signal);
    }
    return (await runAndPrint(cli, known, argv, output, { signal })).exitCode;
  } catch (error) {
    const { exitCode, text } = toClientFailure(error, settings, signal);
    printMessage(text);
    return exitCode;
  }
}
