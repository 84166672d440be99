import type { Catalogue } from '../../../airflow/catalogue.ts';
import { complete, type Format } from '../../../airflow/complete.ts';
import { parse } from '../../../airflow/parse.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { renderWords } from '../../../airflow/render.ts';
import { words } from '../../../airflow/words.ts';

/** Commands to run at once, as words. */
export interface Step {
  readonly commands: readonly (readonly string[])[];
  readonly killed?: boolean;
}

/** What a line of the script comes to in a release: nothing where its catalogue does not know the line. */
export function stepsOf(catalogue: Catalogue, line: string): Step[] {
  const [how = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line)?.slice(1) ?? [];
  if (how === 'typed') return isKnown(catalogue, rest) ? [{ commands: [words(rest)] }] : [];
  const sent = (format: Format, text = rest) => asSent(catalogue, words(text), format);
  if (how === 'pair') {
    const commands = rest.split(' & ').map((text) => sent('json', text));
    return commands.every((command) => command !== undefined) ? [{ commands }] : [];
  }
  const formats: readonly Format[] = how === 'both' ? ['json', 'raw'] : how === 'raw' ? ['raw'] : ['json'];
  const commands = new Map(formats.map((format) => [sent(format)?.join(' '), sent(format)]));
  return [...commands.values()]
    .filter((command) => command !== undefined)
    .map((command) => ({ commands: [command], ...(how === 'killed' ? { killed: true } : {}) }));
}

/** The words that the proxy sends for these, or undefined where it refuses them. */
function asSent(catalogue: Catalogue, argv: readonly string[], format: Format): string[] | undefined {
  try {
    return renderWords(complete(parse(catalogue, argv), format, 'made-by-the-proxy'));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Whether the release has the options of a line that is typed: its group or command is there, and all its spellings. */
function isKnown(catalogue: Catalogue, text: string): boolean {
  const [group, name] = words(text);
  const named = catalogue.commands.filter(({ path }) => path[0] === group);
  const command = named.find(({ path }) => path.length === 1 || path[1] === name);
  const options = words(text).flatMap((word) => /^--[a-z_-]+(?==)/.exec(word) ?? []);
  if (!command) return named.length > 0;
  return options.every((option) => command.arguments.some(({ flags }) => flags?.includes(option)));
}
