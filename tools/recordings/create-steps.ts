import type { Catalog } from '../../airflow/catalog.ts';
import { completeInvocation } from '../../airflow/complete-invocation.ts';
import type { OutputFormat } from '../../airflow/output-format.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { renderArgv } from '../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';

/** Commands that run at the same time. */
export interface SceneStep {
  readonly commands: readonly (readonly string[])[];
  readonly killed?: boolean;
}

/** Returns the steps of a scene line in a release: none if the release's catalog does not contain the command. */
export function createSteps(catalog: Catalog, line: string): SceneStep[] {
  const [mode = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line)?.slice(1) ?? [];
  if (mode === 'typed') return isKnownLine(catalog, rest) ? [{ commands: [splitCommandLine(rest)] }] : [];
  const render = (format: OutputFormat, text = rest) => renderAsSent(catalog, splitCommandLine(text), format);
  if (mode === 'pair') {
    const commands = rest.split(' & ').map((text) => render('json', text));
    return commands.every((command) => command !== undefined) ? [{ commands }] : [];
  }
  const formats: readonly OutputFormat[] = mode === 'both' ? ['json', 'raw'] : mode === 'raw' ? ['raw'] : ['json'];
  const commands = new Map(formats.map((format) => [render(format)?.join(' '), render(format)]));
  return [...commands.values()]
    .filter((command) => command !== undefined)
    .map((command) => ({ commands: [command], ...(mode === 'killed' ? { killed: true } : {}) }));
}

/** Returns the words that the proxy sends for a command, or undefined if the proxy rejects it. */
function renderAsSent(catalog: Catalog, argv: readonly string[], format: OutputFormat): string[] | undefined {
  try {
    return renderArgv(completeInvocation(parseInvocation(catalog, argv), format, 'made-by-the-proxy'));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Whether the release has the command group of a typed line and, if it has the command, all its options. */
function isKnownLine(catalog: Catalog, text: string): boolean {
  const [group, name] = splitCommandLine(text);
  const groupCommands = catalog.commands.filter(({ path }) => path[0] === group);
  const command = groupCommands.find(({ path }) => path.length === 1 || path[1] === name);
  const options = splitCommandLine(text).flatMap((word) => /^--[a-z_-]+(?==)/.exec(word) ?? []);
  if (!command) return groupCommands.length > 0;
  return options.every((option) => command.arguments.some(({ flags }) => flags?.includes(option)));
}
