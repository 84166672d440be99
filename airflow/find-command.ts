import type { Catalog, Command } from './catalog.ts';
import { findNearest, formatDidYouMean } from './did-you-mean.ts';
import { createHelpRefusal, Refusal, truncateForMessage } from './refusal.ts';

/** The command whose path the words begin with, or undefined. */
export const matchCommand = (commands: readonly Command[], words: readonly string[]): Command | undefined =>
  // Most commands differ in the first word.
  commands.find(({ path }) => path[0] === words[0] && path.every((word, index) => words[index] === word));

/**
 * Splits an argv into the command and the words after its path.
 *
 * @throws Refusal `empty`, `unknown-command`, `help`
 */
export function findCommand(catalog: Catalog, argv: readonly string[]): { command: Command; rest: readonly string[] } {
  if (argv.length === 0) throw new Refusal('empty', 'The command is empty. Try "version".');
  const command = matchCommand(catalog.commands, argv);
  if (command) return { command, rest: argv.slice(command.path.length) };
  throw createUnknownCommandRefusal(catalog, argv);
}

function createUnknownCommandRefusal(catalog: Catalog, argv: readonly string[]): Refusal {
  const [first = '', second] = argv;
  if (argv.some((word) => word === '-h' || word === '--help')) return createHelpRefusal('--help');
  if (first === 'airflow') return new Refusal('unknown-command', 'The command starts with "airflow". Remove it.');
  if (first.startsWith('-')) {
    const detail = `"${truncateForMessage(first)}" precedes the command. Write the command first, then its options.`;
    return new Refusal('unknown-command', detail);
  }

  const subcommands = catalog.commands.filter(({ path }) => path[0] === first).map(({ path }) => path[1]!);
  if (subcommands.length === 0) {
    const paths = catalog.commands.map(({ path }) => path.join(' '));
    const firstWords = new Set(catalog.commands.map(({ path }) => path[0]!));
    const releaseHint = catalog.formatHint?.({ words: argv });
    const hint =
      releaseHint || formatDidYouMean([first, second].join(' '), paths) || formatDidYouMean(first, firstWords);
    return createUnknownNameRefusal(catalog, first, hint);
  }
  if (second === undefined) {
    return new Refusal('unknown-command', `"${first}" requires a subcommand: ${subcommands.join(', ')}.`);
  }
  const nearest = findNearest(second, subcommands);
  const hint =
    catalog.formatHint?.({ words: argv }) ||
    (nearest === undefined
      ? ` The subcommands of "${first}" are ${subcommands.join(', ')}.`
      : ` Did you mean "${first} ${nearest}"?`);
  return createUnknownNameRefusal(catalog, `${first} ${second}`, hint);
}

const createUnknownNameRefusal = ({ airflow }: Catalog, name: string, hint: string): Refusal =>
  new Refusal('unknown-command', `Airflow ${airflow} has no command "${truncateForMessage(name)}".${hint}`);
