import { SETTING_VARIABLES } from '../setting-variables.ts';

export const NO_WAIT = '--no-wait';
export const VERBOSE = '--verbose';
export const RAW = '--raw';

interface ClientOption {
  /** The variables that the option sets. */
  readonly variables: Readonly<Record<string, string>>;
  readonly help: string;
}

/**
 * Options of the client itself. They precede the command, where no Airflow release has options other than those for help, so they cannot
 * hide an option of a command.
 */
export const CLIENT_OPTIONS: Readonly<Record<string, ClientOption>> = {
  [NO_WAIT]: {
    variables: { [SETTING_VARIABLES.waitSeconds]: '0' },
    help: 'fail at once if the environment has no free slot',
  },
  [VERBOSE]: {
    variables: { [SETTING_VARIABLES.stderr]: 'all' },
    help: 'print notices and warnings too; known ones are left out by default',
  },
  [RAW]: {
    variables: { [SETTING_VARIABLES.stderr]: 'raw' },
    help: 'print both streams as Airflow printed them, instead of only the answer on standard output',
  },
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
    variables: Object.assign({}, ...options.map((name) => CLIENT_OPTIONS[name]?.variables)),
  };
}
