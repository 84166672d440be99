import type { Catalog } from '../../airflow/catalog.ts';
import { completeInvocation, type OutputFormat } from '../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { renderArgv } from '../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';

/** Commands to run at once, as words. */
export interface SceneStep {
  readonly commands: readonly (readonly string[])[];
  readonly killed?: boolean;
}

/** What a line of the script comes to in a release: nothing where its catalog does not know the line. */
export function createSteps(catalog: Catalog, line: string): SceneStep[] {
  const [how = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line)?.slice(1) ?? [];
  if (how === 'typed') return isKnownLine(catalog, rest) ? [{ commands: [splitCommandLine(rest)] }] : [];
  const sent = (format: OutputFormat, text = rest) => renderAsSent(catalog, splitCommandLine(text), format);
  if (how === 'pair') {
    const commands = rest.split(' & ').map((text) => sent('json', text));
    return commands.every((command) => command !== undefined) ? [{ commands }] : [];
  }
  const formats: readonly OutputFormat[] = how === 'both' ? ['json', 'raw'] : how === 'raw' ? ['raw'] : ['json'];
  const commands = new Map(formats.map((format) => [sent(format)?.join(' '), sent(format)]));
  return [...commands.values()]
    .filter((command) => command !== undefined)
    .map((command) => ({ commands: [command], ...(how === 'killed' ? { killed: true } : {}) }));
}

/** The words that the proxy sends for these, or undefined where it refuses them. */
function renderAsSent(catalog: Catalog, argv: readonly string[], format: OutputFormat): string[] | undefined {
  try {
    return renderArgv(completeInvocation(parseInvocation(catalog, argv), format, 'made-by-the-proxy'));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Whether the release has the options of a line that is typed: its group or command is there, and all its spellings. */
function isKnownLine(catalog: Catalog, text: string): boolean {
  const [group, name] = splitCommandLine(text);
  const named = catalog.commands.filter(({ path }) => path[0] === group);
  const command = named.find(({ path }) => path.length === 1 || path[1] === name);
  const options = splitCommandLine(text).flatMap((word) => /^--[a-z_-]+(?==)/.exec(word) ?? []);
  if (!command) return named.length > 0;
  return options.every((option) => command.arguments.some(({ flags }) => flags?.includes(option)));
}
