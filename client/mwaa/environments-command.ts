import { parseArgs } from 'node:util';
import { MwaaCliProxyClient } from '../library/mwaa-cli-proxy-client.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import { requireProxy } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { formatTable } from './format-table.ts';
import { runInEnvironment } from './session.ts';

export const ENVIRONMENTS_USAGE = `Usage: mwaa environments [--json]

Lists the environments of the proxy in which any command is granted to you, with their Airflow releases. Runs nothing.

  --json  print one JSON list

  mwaa environments
  export ${SETTING_VARIABLES.environment}=$(mwaa environments --json | jq -r '.[0].name')

Exit codes: 0 even if the list is empty; others as for the airflow command (docs/shell.md).
`;

/** A placeholder, because the settings require an environment and this command needs none. */
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
  return runInEnvironment('environments', terminal, NO_ENVIRONMENT, signal(), async (session) => {
    const proxy = new MwaaCliProxyClient(requireProxy(session.settings), NO_ENVIRONMENT);
    const environments = await proxy.environments(session.signal);
    const rows = environments.map(({ name, airflowVersion }) => [name, `Airflow ${airflowVersion}`]);
    terminal.stdout(values.json ? `${JSON.stringify(environments)}\n` : formatTable(rows));
    if (environments.length === 0) session.printMessage('Nothing is granted to you in any environment.');
    return 0;
  });
}
