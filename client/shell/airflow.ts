import { airflowCli } from '../airflow-cli.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { failureOf } from '../failure.ts';
import { type Settings, settingsFrom } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { isHelp } from './is-help.ts';
import { isImport } from './is-import.ts';
import { runCommand } from './run-command.ts';

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
  if (isHelp(argv)) return (await import('./help.ts')).help(argv, terminal, signal);
  let settings: Settings | undefined;
  const say = (text: string) =>
    terminal.stderr(`airflow (${settings && 'mwaa' in settings ? 'direct' : 'proxy'}): ${text}\n`);
  const output = { ...terminal, say };
  try {
    settings = await settingsFrom(terminal.environment);
    const known = settings;
    const cli = await airflowCli(known);
    if (isImport(argv)) {
      const { importVariables } = await import('./variables-import.ts');
      return await importVariables(argv, cli, output, (problem) => exitCodeOf(problem, known), signal);
    }
    return (await runCommand(cli, known, argv, output, { signal })).exitCode;
  } catch (error) {
    const { exitCode, text } = failureOf(error, settings, signal);
    say(text);
    return exitCode;
  }
}
