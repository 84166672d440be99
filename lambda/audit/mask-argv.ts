import { type Argument, type Catalog, type Command, findOption } from '../../airflow/catalog.ts';
import { matchCommand } from '../../airflow/find-command.ts';
import { isIdentifier } from '../../airflow/identifiers.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { renderArgv } from '../../airflow/render-command-line.ts';

/** The maximum length of a word in the log. Airflow's own ids have at most 250 characters. */
const MAX_ARGUMENT_LENGTH = 300;
/** The maximum number of values of one argument in the log, and of words that are not parsed. */
const MAX_VALUES_SHOWN = 10;

const MASK = '***';

/** The words of an invocation for the log: identifiers and choices are shown, all other values are masked, long words are truncated. */
export function maskArgv(invocation: Invocation): string[] {
  const maskedValues = [...invocation.values].map(([argument, values]) => {
    const isShown = isIdentifier(argument) || argument.choices !== undefined || isInPath(argument);
    return [argument, truncateValues(values.map((value) => (isShown ? maskUrlSecrets(value) : MASK)))] as const;
  });
  return renderArgv({ ...invocation, values: new Map(maskedValues) }).map((word) =>
    word.length > MAX_ARGUMENT_LENGTH ? `${word.slice(0, MAX_ARGUMENT_LENGTH)}…` : word,
  );
}

/** The parameters in the path of a REST operation name what it acts on. */
const isInPath = ({ ofOperation, flags }: Argument): boolean => ofOperation === true && flags === undefined;

/**
 * The words of a command that was not parsed, for the log: only words that the catalog has, such as the names of commands and
 * options. Everything else is masked, because it is unknown which of the words are values.
 */
export function maskUnparsedArgv({ commands }: Catalog, argv: readonly string[]): string[] {
  const isPathWord = (_: string, at: number) =>
    commands.some(({ path }) => at < path.length && argv.slice(0, at + 1).every((word, index) => word === path[index]));
  const command = matchCommand(commands, argv);
  const mask = (word: string) => findOptionName(command, word) ?? MASK;
  return [...truncateValues(argv.map((word, at) => (isPathWord(word, at) ? word : mask(word))))];
}

/** The option that a word names, with a masked value: `--conf=***`. */
function findOptionName(command: Command | undefined, word: string): string | undefined {
  const [name = '', ...value] = word.split('=');
  if (command === undefined || findOption(command, name) === undefined) return undefined;
  return value.length > 0 ? `${name}=${MASK}` : name;
}

/** Masks what may be secret in a URL that was given as an identifier: user and password, and the query. */
const maskUrlSecrets = (value: string): string =>
  value.includes('://') ? value.replace(/:\/\/.*@/s, `://${MASK}@`).replace(/(:\/\/[^?]*\?).*/s, `$1${MASK}`) : value;

const truncateValues = (values: readonly string[]): readonly string[] =>
  values.length > MAX_VALUES_SHOWN
    ? [...values.slice(0, MAX_VALUES_SHOWN), `… and ${values.length - MAX_VALUES_SHOWN} more`]
    : values;
