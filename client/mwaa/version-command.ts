import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import type { Terminal } from '../terminal.ts';

const VERSION_USAGE = `Usage: mwaa version

Prints the version of this client. "airflow version" prints that of Airflow.
`;

export function versionCommand(args: readonly string[], terminal: Terminal): number {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } });
  terminal.stdout(values.help ? VERSION_USAGE : `${packageJson.version}\n`);
  return 0;
}
