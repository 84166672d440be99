import { parseArgs } from 'node:util';
import { MwaaCliProxy } from '../library/mwaa-cli-proxy.ts';
import { requireProxy, SETTING_VARIABLES } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { formatTable } from './format-table.ts';
import { runInEnvironment } from './session.ts';

export const ENVIRONMENTS_USAGE = `Usage: mwaa environments [--json]

The environments of the proxy in which anything is granted to you, with their Airflow releases. Nothing is run.

  --json  print one JSON list

  mwaa environments
  export ${SETTING_VARIABLES.environment}=$(mwaa environments --json | jq -r '.[0].name')

Exit status: 0 also where there is none; else as of the airflow command (docs/shell.md).
`;

/** The settings want one to be named, and this question is of none. */
const NO_ENVIRONMENT = '-';

/** @throws UsageError */
export async function environmentsCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: () => AbortSignal,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    terminal.stdout(ENVIRONMENTS_USAGE);
    return 0;
  }
  return runInEnvironment(
    'environments',
    terminal,
    NO_ENVIRONMENT,
    signal(),
    async ({ settings, printMessage, signal: stop }) => {
      const environments = await new MwaaCliProxy(requireProxy(settings), NO_ENVIRONMENT).environments(stop);
      if (values.json) terminal.stdout(`${JSON.stringify(environments)}\n`);
      else
        terminal.stdout(
          formatTable(environments.map(({ name, airflowVersion }) => [name, `Airflow ${airflowVersion}`])),
        );
      if (environments.length === 0) printMessage('Nothing is granted to you in any environment.');
      return 0;
    },
  );
}
