import { ConfigFault } from '../../lib/config/config-fault.ts';
import { type Terminal, UsageFault } from '../terminal.ts';
import { COMPLETION_USAGE, completionCommand } from './completion-command.ts';
import { DOCTOR_USAGE, doctorCommand } from './doctor-command.ts';
import { EXPLAIN_USAGE, explainCommand } from './explain-command.ts';
import { POLICY_TEST_USAGE, policyTestCommand } from './policy-test-command.ts';

const USAGE = `mwaa: for those who run the proxy

  mwaa completion    what makes your shell complete the words after "airflow"
  mwaa doctor        where is the way to Airflow broken, and what is to be changed?
  mwaa explain       would this be allowed, by which grant, and what would be sent?
  mwaa policy test   runs what a team expects of its policy

"mwaa COMMAND --help" tells more.
`;

const COMMANDS: Record<string, { usage: string; run(args: string[], terminal: Terminal): number | Promise<number> }> = {
  completion: { usage: COMPLETION_USAGE, run: completionCommand },
  doctor: { usage: DOCTOR_USAGE, run: doctorCommand },
  explain: { usage: EXPLAIN_USAGE, run: explainCommand },
  'policy test': { usage: POLICY_TEST_USAGE, run: policyTestCommand },
};

/** The operator's tool. Answers on standard output, complaints on standard error. Returns the exit status. */
export async function mwaa(argv: readonly string[], terminal: Terminal): Promise<number> {
  const name = Object.keys(COMMANDS).find((one) => one.split(' ').every((word, index) => argv[index] === word));
  const command = name === undefined ? undefined : COMMANDS[name];
  if (name === undefined || command === undefined) {
    const asked = argv.includes('--help') || argv.includes('-h');
    terminal[asked ? 'stdout' : 'stderr'](USAGE);
    return asked ? 0 : 2;
  }
  try {
    return await command.run(argv.slice(name.split(' ').length), terminal);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const ofParseArgs = code?.startsWith('ERR_PARSE_ARGS') === true;
    if (error instanceof ConfigFault) terminal.stderr(`${message}\n`);
    else if (error instanceof UsageFault || ofParseArgs)
      terminal.stderr(`mwaa ${name}: ${message}\n\n${command.usage}`);
    else throw error;
    return 2;
  }
}
