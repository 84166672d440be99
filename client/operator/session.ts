import { type AirflowCli, airflowCli } from '../airflow-cli.ts';
import { failureOf } from '../failure.ts';
import { type Settings, settingsFrom, VARIABLES } from '../settings.ts';
import { type Terminal, UsageFault } from '../terminal.ts';

/** What a command of the tool has that asks an environment. */
export interface Session {
  readonly settings: Settings;
  readonly cli: AirflowCli;
  readonly terminal: Terminal;
  /** A sentence of ours, on standard error. */
  say(text: string): void;
  /** Aborted when the person has had enough. */
  readonly signal: AbortSignal;
}

/**
 * Does what is asked of one environment, by the variables and profiles of the `airflow` command.
 *
 * @param name of the command, for its sentences
 * @param environment which one; undefined: as the settings say
 * @returns the exit code: of the act; where it throws, the one that the `airflow` command would have
 * @throws UsageFault
 */
export async function inEnvironment(
  name: string,
  terminal: Terminal,
  environment: string | undefined,
  signal: AbortSignal,
  act: (session: Session) => Promise<number>,
): Promise<number> {
  const say = (text: string) => terminal.stderr(`mwaa ${name}: ${text}\n`);
  let settings: Settings | undefined;
  try {
    settings = await settingsFrom({
      ...terminal.environment,
      ...(environment === undefined ? {} : { [VARIABLES.environment]: environment }),
    });
    return await act({ settings, cli: await airflowCli(settings), terminal, say, signal });
  } catch (error) {
    if (error instanceof UsageFault) throw error;
    const { exitCode, text } = failureOf(error, settings, signal);
    say(text);
    return exitCode;
  }
}
