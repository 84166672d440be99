import { type Argument, getArgumentName, isSwitch } from './catalog.ts';
import type { Invocation } from './invocation.ts';
import { escapeJson, isJsonArgument } from './json-arguments.ts';
import { isOperation, renderOperation } from './rest/operation-command.ts';

/**
 * The canonical words of an invocation: path, options in the catalog's order, positionals. `--` precedes the positionals if an option
 * could consume them or one of them begins with `-`.
 */
export function renderArgv(invocation: Invocation): string[] {
  const { command, values } = invocation;
  if (isOperation(command)) return renderOperation(invocation);
  const options: string[] = [];
  const positionals: string[] = [];
  let hasGreedyOption = false;
  for (const argument of command.arguments) {
    const given = values.get(argument);
    if (given === undefined) continue;
    const escaped = isJsonArgument(argument) ? given.map(escapeJson) : given;
    // A loop, because `push(...escaped)` overflows the stack if there are very many values.
    if (argument.flags === undefined) for (const value of escaped) positionals.push(value);
    else {
      for (const word of renderOption(argument, escaped)) options.push(word);
      hasGreedyOption ||= argument.arity !== undefined;
    }
  }
  const needsSeparator =
    positionals.length > 0 && (hasGreedyOption || positionals.some((word) => word.startsWith('-')));
  return [...command.path, ...options, ...(needsSeparator ? ['--'] : []), ...positionals];
}

/** The command line: the quoted canonical words. No other text is ever sent. */
export function renderCommandLine(invocation: Invocation): string {
  return renderArgv(invocation).map(quoteWord).join(' ');
}

function renderOption(argument: Argument, values: readonly string[]): string[] {
  const name = getArgumentName(argument);
  if (argument.action === 'boolean-optional') return [...values];
  if (isSwitch(argument)) return [name];
  if (argument.arity === undefined) return values.map((value) => `${name}=${value}`);
  // As a separate word, the value `--stderr=x` of `--pid=--stderr=x` would be parsed as another option.
  if (values.length === 1 && values[0]!.startsWith('-')) return [`${name}=${values[0]}`];
  return [name, ...values];
}

/** Quotes one word so that Python's `shlex` and a POSIX shell read it alike. The only function that quotes. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const assignment = /^--[\w-]+=/.exec(word)?.[0] ?? '';
  return `${assignment}'${word.slice(assignment.length).replaceAll("'", `'"'"'`)}'`;
}
