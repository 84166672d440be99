import { parseArgs } from 'node:util';
import type { GrantedCommand } from '../library/api-types.ts';
import { MwaaCliProxy } from '../library/mwaa-cli-proxy.ts';
import { requireProxy, SETTING_VARIABLES } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { runInEnvironment } from './session.ts';

export const ALLOWED_USAGE = `Usage: mwaa allowed [--environment NAME] [--json] [WORD…]

What you may run in an environment: each command with the arguments that a grant lets through, and the line of the grant in the
configuration. With words, those commands alone in whose names all of them stand. Nothing is run.

  --environment NAME  as the proxy calls it; default ${SETTING_VARIABLES.environment}
  --json              print one JSON list

  mwaa allowed
  mwaa allowed dags trigger

Exit status: 0, 1 nothing of that is granted to you; else as of the airflow command (docs/shell.md).
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
  return runInEnvironment(
    'allowed',
    terminal,
    values.environment,
    signal(),
    async ({ settings, printMessage, signal: stop }) => {
      const commands = await new MwaaCliProxy(requireProxy(settings), settings.environment).commands(stop);
      const found = commands.filter(({ command }) => words.every((word) => command.includes(word)));
      if (values.json) terminal.stdout(`${JSON.stringify(found)}\n`);
      else terminal.stdout(formatByGrant(found));
      if (found.length > 0) return 0;
      const what = words.length > 0 ? `Nothing with "${words.join(' ')}"` : 'Nothing';
      printMessage(`${what} is granted to you in ${settings.environment}.`);
      return 1;
    },
  );
}

/** A paragraph a sentence of a grant, in the order of the file. */
function formatByGrant(commands: readonly GrantedCommand[]): string {
  const paragraphs = new Map<string, string[]>();
  for (const { grant, line, usage } of commands) {
    const heading = `line ${line}: ${grant}\n`;
    paragraphs.set(heading, [...(paragraphs.get(heading) ?? []), `  ${usage}\n`]);
  }
  return [...paragraphs].map(([heading, usages]) => heading + usages.join('')).join('\n');
}
