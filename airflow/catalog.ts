/**
 * What the command line of one Airflow release looks like, as generated from that release's own parser
 * (`npm run catalog -- RELEASE`). Vocabulary is argparse's.
 */
export interface Argument {
  /** Every spelling of an option, as in `["-c", "--conf"]`. Absent: the argument is positional. */
  readonly flags?: readonly string[];
  readonly dest: string;
  /** Absent: `store`. */
  readonly action?: 'store-true' | 'store-false' | 'append' | 'boolean-optional';
  /** argparse's `nargs`. Absent: one value, or none for an action that takes no value. */
  readonly arity?: '?' | '*' | '+' | number;
  /** Absent: any text. Dates and directories are judged by Airflow alone. */
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
}

export interface Command {
  /** `["dags", "trigger"]`. */
  readonly path: readonly string[];
  readonly help?: string;
  /** AWS lists the command for this release. Source: `local/mwaa/listed-commands.json`. */
  readonly listed?: boolean;
  readonly arguments: readonly Argument[];
}

export interface Catalog {
  readonly airflow: string;
  /** Version of the Python the catalog was made with: argparse differs between patches. */
  readonly python: string;
  readonly commands: readonly Command[];
}

/** The longest spelling of an option (`--conf`), or the name of a positional (`dag_id`). Unique within a command. */
export function getArgumentName(argument: Argument): string {
  return argument.flags?.reduce((longest, flag) => (flag.length > longest.length ? flag : longest)) ?? argument.dest;
}

/** Whether the argument is a switch, without a value. */
export function isSwitch(argument: Argument): boolean {
  return (
    argument.action === 'store-true' || argument.action === 'store-false' || argument.action === 'boolean-optional'
  );
}

/** The option of a command that a spelling names exactly, or undefined. */
export function findOption(command: Command, flag: string): Argument | undefined {
  return command.arguments.find((argument) => argument.flags?.includes(flag));
}

export function getPositionals(command: Command): Argument[] {
  return command.arguments.filter((argument) => argument.flags === undefined);
}

/** `dags trigger [--conf CONF] … dag_id`, for people. */
export function formatUsage(command: Command): string {
  const value = (argument: Argument) => argument.choices?.join('|') ?? argument.dest.toUpperCase();
  const words = command.arguments.map((argument) => {
    const { arity } = argument;
    if (argument.flags === undefined)
      return arity === '?' ? `[${argument.dest}]` : arity ? `[${argument.dest} …]` : argument.dest;
    const name = getArgumentName(argument);
    const option = isSwitch(argument)
      ? name
      : `${name} ${value(argument)}${arity === '*' || arity === '+' ? ' …' : ''}`;
    return argument.required ? option : `[${option}]`;
  });
  return [...command.path, ...words].join(' ');
}
