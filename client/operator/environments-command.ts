import { parseArgs } from 'node:util';
import { MwaaCliProxy } from '../library/mwaa-cli-proxy.ts';
import { proxyOf, VARIABLES } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { inEnvironment } from './session.ts';
import { inColumns } from './table.ts';

export const ENVIRONMENTS_USAGE = `Usage: mwaa environments [--json]

The environments of the proxy in which anything is granted to you, with their Airflow releases. Nothing is run.

  --json  print one JSON list

  mwaa environments
  export ${VARIABLES.environment}=$(mwaa environments --json | jq -r '.[0].name')

Exit status: 0 also where there is none; else as of the airflow command (docs/clients.md).
`;

/** The settings want one to be named, and this question is of none. */
const NONE = '-';

/** @throws UsageFault */
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
  return inEnvironment('environments', terminal, NONE, signal(), async ({ settings, say, signal: stop }) => {
    const environments = await new MwaaCliProxy(proxyOf(settings), NONE).environments(stop);
    if (values.json) terminal.stdout(`${JSON.stringify(environments)}\n`);
    else
      terminal.stdout(inColumns(environments.map(({ name, airflowVersion }) => [name, `Airflow ${airflowVersion}`])));
    if (environments.length === 0) say('Nothing is granted to you in any environment.');
    return 0;
  });
}
