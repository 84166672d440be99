import type { Catalog, Command } from './catalog.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import { Refusal, truncateForMessage } from './refusal.ts';

/** The command that the first words name, whatever stands behind them; or none. */
export const matchCommand = (commands: readonly Command[], words: readonly string[]): Command | undefined =>
  commands.find(({ path }) => path.every((word, index) => words[index] === word));

/**
 * The command that the first words name, and the words after it.
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
  if (argv.some((word) => word === '-h' || word === '--help')) {
    return new Refusal('help', 'Help is not run on Airflow: leave out --help.');
  }
  if (first === 'airflow') return new Refusal('unknown-command', 'Leave out the leading "airflow".');
  if (first.startsWith('-')) return new Refusal('unknown-command', 'The command comes first, options after it.');

  const names = catalog.commands.map(({ path }) => path.join(' '));
  const group = catalog.commands.filter(({ path }) => path[0] === first).map(({ path }) => path[1]!);
  if (group.length > 0) {
    const detail =
      second === undefined
        ? `"${first}" needs a command after it: ${group.join(', ')}.`
        : `Airflow ${catalog.airflow} has no command "${truncateForMessage(`${first} ${second}`)}".${formatDidYouMean(second, group) || ` "${first}" has ${group.join(', ')}.`}`;
    return new Refusal('unknown-command', detail);
  }
  const tops = new Set(catalog.commands.map(({ path }) => path[0]!));
  const hint = formatDidYouMean([first, second].join(' '), names) || formatDidYouMean(first, tops);
  return new Refusal(
    'unknown-command',
    `Airflow ${catalog.airflow} has no command "${truncateForMessage(first)}".${hint}`,
  );
}
