import { type AirflowCli, createAirflowCli } from '../airflow/create-airflow-cli.ts';
import { toClientFailure } from '../client-failure.ts';
import { loadSettings, SETTING_VARIABLES, type Settings } from '../settings.ts';
import { type Terminal, UsageError } from '../terminal.ts';

/** What a command of the tool has that asks an environment. */
export interface Session {
  readonly settings: Settings;
  readonly cli: AirflowCli;
  readonly terminal: Terminal;
  /** A sentence of ours, on standard error. */
  printMessage(text: string): void;
  /** Aborted when the person has had enough. */
  readonly signal: AbortSignal;
}

/**
 * Does what is asked of one environment, by the variables and profiles of the `airflow` command.
 *
 * @param name of the command, for its sentences
 * @param environment which one; undefined: as the settings say
 * @returns the exit code: of the act; where it throws, the one that the `airflow` command would have
 * @throws UsageError
 */
export async function runInEnvironment(
  name: string,
  terminal: Terminal,
  environment: string | undefined,
  signal: AbortSignal,
  act: (session: Session) => Promise<number>,
): Promise<number> {
  const say = (text: string) => terminal.stderr(`mwaa ${name}: ${text}\n`);
  let settings: Settings | undefined;
  try {
    settings = await loadSettings({
      ...terminal.environment,
      ...(environment === undefined ? {} : { [SETTING_VARIABLES.environment]: environment }),
    });
    return await act({ settings, cli: await createAirflowCli(settings), terminal, printMessage: say, signal });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { exitCode, text } = toClientFailure(error, settings, signal);
    say(text);
    return exitCode;
  }
}
