import { formatDidYouMean } from '../../airflow/did-you-mean.ts';
import { ConfigError } from '../../config/config-error.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { describeChangedWord } from '../utf8.ts';
import { completionCommand } from './completion-command.ts';

const MWAA_USAGE = `mwaa: tools for operators of mwaa-cli-proxy, and for pipelines

Look up, without running anything:
  mwaa environments  list the environments that you may use, with their Airflow releases
  mwaa allowed       list the commands that you may run, and the grants that allow them
  mwaa explain       show whether a configuration allows a command, and what would be sent
  mwaa audit         summarize the audit log, one line per request

Run:
  mwaa run           run a command like "airflow" does; --wait waits for the run that it triggers
  mwaa wait          wait until a DAG run has finished
  mwaa redrive       show why events are in a dead-letter queue, and send them again
  mwaa completion    print the shell script that completes the words after "airflow"

Deploy:
  mwaa init          generate a configuration for your MWAA environments
  mwaa doctor        find the broken step between you and Airflow, and how to fix it
  mwaa policy test   test a policy against expected decisions

  mwaa version       print the version of this client; also "mwaa --version"

"mwaa COMMAND --help" shows options and examples.
`;

/** @param signal returns a signal that Ctrl-C aborts. Calling it stops Ctrl-C from ending the process */
type Subcommand = (args: string[], terminal: Terminal, signal: () => AbortSignal) => number | Promise<number>;

/** Only the subcommand that runs is loaded: each press of the Tab key starts `mwaa completion`. */
const SUBCOMMANDS: Record<string, () => Promise<Subcommand>> = {
  allowed: async () => (await import('./allowed-command.ts')).allowedCommand,
  audit: async () => (await import('./audit-command.ts')).auditCommand,
  completion: async () => completionCommand,
  doctor: async () => (await import('./doctor-command.ts')).doctorCommand,
  environments: async () => (await import('./environments-command.ts')).environmentsCommand,
  explain: async () => (await import('./explain-command.ts')).explainCommand,
  init: async () => (await import('./init-command.ts')).initCommand,
  'policy test': async () => (await import('./policy-test-command.ts')).policyTestCommand,
  redrive: async () => (await import('./redrive-command.ts')).redriveCommand,
  run: async () => (await import('./run-command.ts')).runCommand,
  version: async () => (await import('./version-command.ts')).versionCommand,
  wait: async () => (await import('./wait-command.ts')).waitCommand,
};

/**
 * The `mwaa` command. Results go to standard output, messages to standard error.
 *
 * @param signal returns a signal that Ctrl-C aborts
 * @returns the exit code
 */
export async function runMwaa(
  words: readonly string[],
  terminal: Terminal,
  signal: () => AbortSignal = () => new AbortController().signal,
): Promise<number> {
  const argv = words[0] === '--version' ? ['version', ...words.slice(1)] : words;
  const name = Object.keys(SUBCOMMANDS).find((candidate) =>
    candidate.split(' ').every((word, index) => argv[index] === word),
  );
  const loadCommand = name === undefined ? undefined : SUBCOMMANDS[name];
  if (name === undefined || loadCommand === undefined) return printOverview(argv, terminal);
  try {
    const changedWord = describeChangedWord(argv);
    if (changedWord !== undefined) throw new UsageError(changedWord);
    const run = await loadCommand();
    return await run(argv.slice(name.split(' ').length), terminal, signal);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isParseArgsError = code?.startsWith('ERR_PARSE_ARGS') === true;
    if (error instanceof ConfigError) terminal.stderr(`${message}\n`);
    else if (error instanceof UsageError || isParseArgsError)
      terminal.stderr(formatUsageError(`mwaa ${name}`, message));
    else throw error;
    return 2;
  }
}

/** Prints the list of subcommands: on request, or after a message about an unknown subcommand. */
function printOverview(argv: readonly string[], terminal: Terminal): number {
  const [first] = argv;
  if (argv.includes('--help') || argv.includes('-h') || first === 'help') {
    terminal.stdout(MWAA_USAGE);
    return 0;
  }
  if (first === undefined) {
    terminal.stderr(MWAA_USAGE);
    return 2;
  }
  const names = Object.keys(SUBCOMMANDS);
  const twoWordName = names.find((name) => name.startsWith(`${first} `));
  const hint = twoWordName === undefined ? formatDidYouMean(first, names) : ` Did you mean "${twoWordName}"?`;
  const unknown = twoWordName === undefined ? first : argv.slice(0, 2).join(' ');
  terminal.stderr(formatUsageError('mwaa', `Unknown command ${unknown}.${hint}`));
  return 2;
}

/** What is wrong, and where the options and examples are, in one line. */
function formatUsageError(program: string, message: string): string {
  const text = message.trimEnd().replaceAll('\n', ' ');
  return `${program}: ${text}${/[.?]$/.test(text) ? '' : '.'} See: ${program} --help\n`;
}
