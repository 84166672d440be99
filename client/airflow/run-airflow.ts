import { toClientFailure } from '../client-failure.ts';
import { EXIT_CODES, getExitCode } from '../exit-codes.ts';
import { loadSettings, type Settings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { describeChangedWord } from '../utf8.ts';
import { createWaitNotice } from '../wait-notice.ts';
import { parseClientOptions } from './client-options.ts';
import { createAirflowCli } from './create-airflow-cli.ts';
import { findUsageError } from './find-usage-error.ts';
import { isHelpRequest } from './is-help-request.ts';
import { isVariablesImport } from './is-variables-import.ts';
import { runAndPrint } from './run-and-print.ts';

type AirflowTerminal = Omit<Terminal, 'stdin'>;

/**
 * The `airflow` command. Sends all words after its own options to the environment, through the proxy or, if none is set, directly to MWAA. Standard output
 * contains only Airflow's standard output. Messages of the client go to standard error, prefixed with `airflow (proxy):` or
 * `airflow (direct):`.
 *
 * @param signal aborted by Ctrl-C
 * @returns the exit code: Airflow's own if it is known; 0 if it is unknown and nothing indicates a failure
 */
export async function runAirflow(
  words: readonly string[],
  terminal: AirflowTerminal,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const changedWord = describeChangedWord(words);
  if (changedWord !== undefined) {
    terminal.stderr(`airflow: ${changedWord}\n`);
    return EXIT_CODES.usage;
  }
  const { argv, variables } = parseClientOptions(words);
  if (isHelpRequest(argv)) return (await import('./print-help.ts')).printHelp(argv, terminal, signal);
  let settings: Settings | undefined;
  const printMessage = (text: string) =>
    terminal.stderr(`airflow (${settings && 'mwaa' in settings ? 'direct' : 'proxy'}): ${text}\n`);
  const output = { ...terminal, printMessage };
  const usageError = findUsageError(argv);
  if (usageError !== undefined) {
    printMessage(usageError);
    return EXIT_CODES.usage;
  }
  try {
    const loaded = await loadSettings({ ...terminal.environment, ...variables });
    settings = loaded;
    const cli = await createAirflowCli(loaded, createWaitNotice(terminal, printMessage));
    if (isVariablesImport(argv)) {
      const { importVariables } = await import('./import-variables.ts');
      return await importVariables(argv, cli, output, (problem) => getExitCode(problem, loaded), signal);
    }
    return (await runAndPrint(cli, loaded, argv, output, { signal })).exitCode;
  } catch (error) {
    const { exitCode, text } = toClientFailure(error, settings, signal);
    printMessage(text);
    return exitCode;
  }
}
