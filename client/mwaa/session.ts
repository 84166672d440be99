import { createAirflowCli } from '../airflow/create-airflow-cli.ts';
import type { AirflowCli } from '../airflow-cli.ts';
import { toClientFailure } from '../client-failure.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import { loadSettings, type Settings } from '../settings.ts';
import { type Terminal, UsageError } from '../terminal.ts';

/** What a subcommand needs to work with one environment. */
export interface Session {
  readonly settings: Settings;
  readonly cli: AirflowCli;
  readonly terminal: Terminal;
  /** Prints a message as a line on standard error, prefixed with the name of the subcommand. */
  printMessage(text: string): void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Runs a subcommand in one environment, with the variables and profiles of the `airflow` command.
 *
 * @param name the subcommand, for its messages
 * @param environment undefined: the one of the settings
 * @returns the exit code of `run`; if it throws, the exit code of the `airflow` command for that error
 * @throws UsageError
 */
export async function runInEnvironment(
  name: string,
  terminal: Terminal,
  environment: string | undefined,
  signal: AbortSignal,
  run: (session: Session) => Promise<number>,
): Promise<number> {
  const printMessage = (text: string) => terminal.stderr(`mwaa ${name}: ${text}\n`);
  let settings: Settings | undefined;
  try {
    settings = await loadSettings({
      ...terminal.environment,
      ...(environment === undefined ? {} : { [SETTING_VARIABLES.environment]: environment }),
    });
    return await run({ settings, cli: await createAirflowCli(settings), terminal, printMessage, signal });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { exitCode, text } = toClientFailure(error, settings, signal);
    printMessage(text);
    return exitCode;
  }
}
