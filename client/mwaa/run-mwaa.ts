import { formatDidYouMean } from '../../airflow/did-you-mean.ts';
import { ConfigError } from '../../config/config-error.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { describeChangedWord } from '../utf8.ts';
import { ALLOWED_USAGE, allowedCommand } from './allowed-command.ts';
import { AUDIT_USAGE, auditCommand } from './audit-command.ts';
import { COMPLETION_USAGE, completionCommand } from './completion-command.ts';
import { DOCTOR_USAGE, doctorCommand } from './doctor-command.ts';
import { ENVIRONMENTS_USAGE, environmentsCommand } from './environments-command.ts';
import { EXPLAIN_USAGE, explainCommand } from './explain-command.ts';
import { INIT_USAGE, initCommand } from './init-command.ts';
import { POLICY_TEST_USAGE, policyTestCommand } from './policy-test-command.ts';
import { RUN_USAGE, runCommand } from './run-command.ts';
import { WAIT_USAGE, waitCommand } from './wait-command.ts';

const MWAA_USAGE = `mwaa: tools for operators of mwaa-cli-proxy, and for pipelines

Look up, without running anything:
  mwaa environments  list the environments that you may use, with their Airflow releases
  mwaa allowed       list the commands that you may run, and the grants that allow them
  mwaa explain       show whether a configuration allows a command, and what would be sent
  mwaa audit         summarize the audit log, one line per request

Run:
  mwaa run           run a command like "airflow" does; --wait waits for the run that it triggers
  mwaa wait          wait until a DAG run has finished
  mwaa completion    print the shell script that completes the words after "airflow"

Deploy:
  mwaa init          generate a configuration for your MWAA environments
  mwaa doctor        find the broken step between you and Airflow, and how to fix it
  mwaa policy test   test a policy against expected decisions

"mwaa COMMAND --help" shows options and examples.
`;

interface Subcommand {
  readonly usage: string;
  /** @param signal returns a signal that Ctrl-C aborts. Calling it stops Ctrl-C from ending the process */
  run(args: string[], terminal: Terminal, signal: () => AbortSignal): number | Promise<number>;
}

const SUBCOMMANDS: Record<string, Subcommand> = {
  allowed: { usage: ALLOWED_USAGE, run: allowedCommand },
  audit: { usage: AUDIT_USAGE, run: auditCommand },
  completion: { usage: COMPLETION_USAGE, run: completionCommand },
  doctor: { usage: DOCTOR_USAGE, run: doctorCommand },
  environments: { usage: ENVIRONMENTS_USAGE, run: environmentsCommand },
  explain: { usage: EXPLAIN_USAGE, run: explainCommand },
  init: { usage: INIT_USAGE, run: initCommand },
  'policy test': { usage: POLICY_TEST_USAGE, run: policyTestCommand },
  run: { usage: RUN_USAGE, run: runCommand },
  wait: { usage: WAIT_USAGE, run: waitCommand },
};

/**
 * The `mwaa` command. Results go to standard output, messages to standard error.
 *
 * @param signal returns a signal that Ctrl-C aborts
 * @returns the exit code
 */
export async function runMwaa(
  argv: readonly string[],
  terminal: Terminal,
  signal: () => AbortSignal = () => new AbortController().signal,
): Promise<number> {
  const name = Object.keys(SUBCOMMANDS).find((candidate) =>
    candidate.split(' ').every((word, index) => argv[index] === word),
  );
  const command = name === undefined ? undefined : SUBCOMMANDS[name];
  if (name === undefined || command === undefined) return printOverview(argv, terminal);
  try {
    const changedWord = describeChangedWord(argv);
    if (changedWord !== undefined) throw new UsageError(changedWord);
    return await command.run(argv.slice(name.split(' ').length), terminal, signal);
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
