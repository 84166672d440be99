import { type Argument, getArgumentName, isSwitch } from './catalog.ts';
import type { Invocation } from './invocation.ts';
import { escapeJson, isJsonArgument } from './json-arguments.ts';

/**
 * The canonical words of an invocation: path, options in the catalog's order, positionals. `--` stands before the
 * positionals where an option could swallow them or one of them begins with `-`.
 */
export function renderArgv(invocation: Invocation): string[] {
  const { command, values } = invocation;
  const options: string[] = [];
  const positionals: string[] = [];
  let greedy = false;
  for (const argument of command.arguments) {
    const given = values.get(argument);
    if (given === undefined) continue;
    const texts = isJsonArgument(argument) ? given.map(escapeJson) : given;
    // Word by word: `push(...texts)` overflows the stack where there are very many.
    if (argument.flags === undefined) for (const text of texts) positionals.push(text);
    else {
      for (const word of renderOption(argument, texts)) options.push(word);
      greedy ||= argument.arity !== undefined;
    }
  }
  const separator = positionals.length > 0 && (greedy || positionals.some((word) => word.startsWith('-')));
  return [...command.path, ...options, ...(separator ? ['--'] : []), ...positionals];
}

/** The command line: the canonical words, quoted. The only text that is ever sent. */
export function renderCommandLine(invocation: Invocation): string {
  return renderArgv(invocation).map(quoteWord).join(' ');
}

function renderOption(argument: Argument, values: readonly string[]): string[] {
  const name = getArgumentName(argument);
  if (argument.action === 'boolean-optional') return [...values];
  if (isSwitch(argument)) return [name];
  if (argument.arity === undefined) return values.map((value) => `${name}=${value}`);
  // `--pid=--stderr=x` names one value; as a word of its own it would be read as another option.
  if (values.length === 1 && values[0]!.startsWith('-')) return [`${name}=${values[0]}`];
  return [name, ...values];
}

/** Quotes one word so that Python's `shlex` and a POSIX shell read it alike. The only place that quotes. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const assignment = /^--[\w-]+=/.exec(word)?.[0] ?? '';
  return `${assignment}'${word.slice(assignment.length).replaceAll("'", `'"'"'`)}'`;
}
