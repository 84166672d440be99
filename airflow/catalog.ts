import type { Effect } from './effect.ts';

/**
 * One argument of a command. Catalogs are generated from the parser of each Airflow release (`npm run catalog -- RELEASE`), and
 * the names here are those of argparse.
 */
export interface Argument {
  /** All spellings of an option, as in `["-c", "--conf"]`. Absent: the argument is positional. */
  readonly flags?: readonly string[];
  readonly dest: string;
  /** Absent: `store`. */
  readonly action?: 'store-true' | 'store-false' | 'append' | 'boolean-optional';
  /** argparse's `nargs`. Absent: one value, or none for an action without a value. */
  readonly arity?: '?' | '*' | '+' | number;
  /** Absent: any text. Only Airflow itself validates dates and directories. */
  readonly type?:
    | 'integer'
    | 'positive-integer'
    | 'non-negative-integer'
    | 'number'
    | 'json'
    | 'date'
    | 'list'
    | 'lowercase'
    | 'directory'
    | 'file';
  readonly choices?: readonly (string | number)[];
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  readonly help?: string;
  /** An argument of a REST operation (`airflow/rest/`). The tables by `dest` are about commands. */
  readonly ofOperation?: true;
}

export interface Command {
  /** `["dags", "trigger"]`. */
  readonly path: readonly string[];
  readonly help?: string;
  /** AWS lists the command as supported for this release. Source: `local/mwaa/listed-commands.json`. */
  readonly listed?: boolean;
  readonly arguments: readonly Argument[];
  /** Present for a REST operation, which rules treat as a command: `airflow/rest/`. */
  readonly operation?: OperationSummary;
}

/** What rules and messages need to know of a REST operation. */
export interface OperationSummary {
  /** Airflow asks for its role `Admin`, or no default role has the permission. */
  readonly needsAdmin: boolean;
  readonly effects: readonly Effect[];
  /** What it shows or changes beyond every command: one or more sentences. */
  readonly beyond?: string;
}

export interface Catalog {
  /** The release, as in `2.10.3`. */
  readonly airflow: string;
  /** Version of the Python that generated the catalog: argparse differs between patch releases. */
  readonly python: string;
  readonly commands: readonly Command[];
  /** The REST operations as commands, for rules. Absent: the environment does not offer them. */
  readonly operations?: readonly Command[];
  /** The REST operations of the release that no environment offers. */
  readonly operationsNotOffered?: readonly OperationNotOffered[];
  /** Says what a name that this release lacks is called here, or `''`. Absent in a relay: its callers see the message of the front. */
  readonly formatHint?: (unknown: UnknownName) => string;
}

/** A REST operation that is never sent. */
export interface OperationNotOffered {
  readonly method: string;
  readonly path: string;
  /** A sentence. */
  readonly reason: string;
}

/** A command, a flag or a positional argument that a release does not have. `words` begin with the name of a command. */
export type UnknownName =
  | { readonly words: readonly string[] }
  | { readonly command: Command; readonly flag: string }
  | { readonly command: Command; readonly positional: string };

/** The longest spelling of an option (`--conf`), or the name of a positional (`dag_id`). Unique within a command. */
export function getArgumentName(argument: Argument): string {
  return argument.flags?.reduce((longest, flag) => (flag.length > longest.length ? flag : longest)) ?? argument.dest;
}

/** Whether the argument is an option that accepts no value. */
export function isSwitch(argument: Argument): boolean {
  return (
    argument.action === 'store-true' || argument.action === 'store-false' || argument.action === 'boolean-optional'
  );
}

/** The option of a command with this exact spelling, or undefined. */
export function findOption(command: Command, flag: string): Argument | undefined {
  return command.arguments.find((argument) => argument.flags?.includes(flag));
}

/** Whether a command cannot be run without the argument. */
export const isRequired = ({ flags, arity, required }: Argument): boolean =>
  flags === undefined ? arity !== '?' && arity !== '*' : required === true;

export function getPositionals(command: Command): Argument[] {
  return command.arguments.filter((argument) => argument.flags === undefined);
}

/**
 * Formats the usage of a command: `dags trigger [--conf CONF] … dag_id`. The path of an operation already has its parameters:
 * `api GET /dags/{dag_id} [--fields FIELDS …]`.
 */
export function formatUsage(command: Command): string {
  const shown = command.arguments.filter(({ flags, ofOperation }) => flags !== undefined || !ofOperation);
  return [...command.path, ...shown.map(formatArgumentUsage)].join(' ');
}

/** One argument of a usage: `[--conf CONF]`. */
export function formatArgumentUsage(argument: Argument): string {
  const { flags, arity, dest, choices, required } = argument;
  if (flags === undefined) return arity === '?' ? `[${dest}]` : arity ? `[${dest} …]` : dest;
  const name = getArgumentName(argument);
  const value = choices?.join('|') ?? dest.toUpperCase();
  const option = isSwitch(argument) ? name : `${name} ${value}${arity === '*' || arity === '+' ? ' …' : ''}`;
  return required ? option : `[${option}]`;
}
