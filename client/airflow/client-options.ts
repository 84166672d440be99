import { SETTING_VARIABLES } from '../setting-variables.ts';

export const NO_WAIT = '--no-wait';

/**
 * Options of the client itself, as the variables that they set. They precede the command, where no Airflow release has options other
 * than those for help, so they cannot hide an option of a command.
 */
const CLIENT_OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [NO_WAIT]: { [SETTING_VARIABLES.waitSeconds]: '0' },
};

export interface ClientArguments {
  /** The words of the command. */
  readonly argv: readonly string[];
  /** The variables that the options set. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Separates the client's own options from the command that follows them. */
export function parseClientOptions(argv: readonly string[]): ClientArguments {
  const end = argv.findIndex((word) => !Object.hasOwn(CLIENT_OPTIONS, word));
  const options = argv.slice(0, end === -1 ? undefined : end);
  return {
    argv: argv.slice(options.length),
    variables: Object.assign({}, ...options.map((name) => CLIENT_OPTIONS[name])),
  };
}
