import { formatDidYouMean } from '../../airflow/did-you-mean.ts';
import { ConfigError } from '../../config/config-error.ts';
import { type Terminal, UsageError } from '../terminal.ts';
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

const MWAA_USAGE = `mwaa: for those who run the proxy, and for pipelines

Asking, which runs nothing:
  mwaa environments  where may I run anything, and which Airflow is there?
  mwaa allowed       what may I run there, and by which grant?
  mwaa explain       would this be allowed, by which grant, and what would be sent?
  mwaa audit         what the relay's log says, a line a request

Running:
  mwaa run           runs a command as "airflow" does; --wait waits for the run that it triggers
  mwaa wait          waits until a run has ended
  mwaa completion    what makes your shell complete the words after "airflow"

Deploying:
  mwaa init          writes a configuration for the environments that AWS has
  mwaa doctor        where is the way to Airflow broken, and what is to be changed?
  mwaa policy test   runs what a team expects of its policy

"mwaa COMMAND --help" tells more, with examples.
`;

interface Subcommand {
  readonly usage: string;
  /** @param signal aborted when the person presses Ctrl-C, which then does not end the process any more */
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
 * The operator's tool. Answers on standard output, complaints on standard error.
 *
 * @param signal for what the person stops by Ctrl-C
 * @returns the exit status
 */
export async function runMwaa(
  argv: readonly string[],
  terminal: Terminal,
  signal: () => AbortSignal = () => new AbortController().signal,
): Promise<number> {
  const name = Object.keys(SUBCOMMANDS).find((one) => one.split(' ').every((word, index) => argv[index] === word));
  const command = name === undefined ? undefined : SUBCOMMANDS[name];
  if (name === undefined || command === undefined) return printOverview(argv, terminal);
  try {
    return await command.run(argv.slice(name.split(' ').length), terminal, signal);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const ofParseArgs = code?.startsWith('ERR_PARSE_ARGS') === true;
    if (error instanceof ConfigError) terminal.stderr(`${message}\n`);
    else if (error instanceof UsageError || ofParseArgs)
      terminal.stderr(`mwaa ${name}: ${message}\n\n${command.usage}`);
    else throw error;
    return 2;
  }
}

/** What there is: asked for, or in the place of what there is not. */
function printOverview(argv: readonly string[], terminal: Terminal): number {
  const [first] = argv;
  if (argv.includes('--help') || argv.includes('-h') || first === 'help') {
    terminal.stdout(MWAA_USAGE);
    return 0;
  }
  const [group] = Object.keys(SUBCOMMANDS).filter((name) => name.startsWith(`${first} `));
  const meant = group === undefined ? formatDidYouMean(first ?? '', Object.keys(SUBCOMMANDS)) : ` There is "${group}".`;
  terminal.stderr(
    `${first === undefined ? '' : `mwaa: there is no command ${argv.join(' ')}.${meant}\n\n`}${MWAA_USAGE}`,
  );
  return 2;
}
