import { parseArgs } from 'node:util';
import type { GrantedCommand } from '../library/api-types.ts';
import { MwaaCliProxyClient } from '../library/mwaa-cli-proxy-client.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import { requireProxy } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { runInEnvironment } from './session.ts';

export const ALLOWED_USAGE = `Usage: mwaa allowed [--environment NAME] [--json] [WORD…]

Lists the commands that you may run in an environment, with the arguments that each grant allows, and the line of the grant in the
configuration. Operations of Airflow's REST API begin with "api". "covers" is what a grant of the command allows there: requests that
do no more than the command. With words, lists only those whose names contain all of them. Runs nothing.

  --environment NAME  name in the proxy's configuration; default ${SETTING_VARIABLES.environment}
  --json              print one JSON list

  mwaa allowed
  mwaa allowed dags trigger
  mwaa allowed api GET

Exit codes: 0 commands listed, 1 no such command is granted to you; others as for the airflow command (docs/shell.md).
`;

/** @throws UsageError */
export async function allowedCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: () => AbortSignal,
): Promise<number> {
  const { values, positionals: words } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      environment: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    terminal.stdout(ALLOWED_USAGE);
    return 0;
  }
  return runInEnvironment('allowed', terminal, values.environment, signal(), async (session) => {
    const { settings, printMessage } = session;
    const granted = await new MwaaCliProxyClient(requireProxy(settings), settings.environment).commands(session.signal);
    const commands = granted.filter(({ command }) => words.every((word) => command.includes(word)));
    terminal.stdout(values.json ? `${JSON.stringify(commands)}\n` : formatByGrant(commands));
    if (commands.length > 0) return 0;
    const subject = words.length > 0 ? `No command that contains "${words.join(' ')}"` : 'Nothing';
    printMessage(`${subject} is granted to you in ${settings.environment}.`);
    return 1;
  });
}

/** One paragraph per rule of a grant, in the order of the configuration. */
function formatByGrant(commands: readonly GrantedCommand[]): string {
  const paragraphs = new Map<string, string[]>();
  for (const { grant, line, usage, operations = [] } of commands) {
    const heading = `line ${line}: ${grant}\n`;
    const covered = operations.map((operation) => `    covers ${operation}\n`);
    paragraphs.set(heading, [...(paragraphs.get(heading) ?? []), `  ${usage}\n`, ...covered]);
  }
  return [...paragraphs].map(([heading, usages]) => heading + usages.join('')).join('\n');
}
