import { parseArgs } from 'node:util';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { DEFAULT_CONFIG_FILE } from '../files/load-config.ts';
import { INSTALLABLE_RELEASES } from './airflow/installable-releases.ts';
import { FAULTS, type FaultName, formatFaultList, isFaultName } from './mwaa/faults.ts';

/** The port of the API. It is the same for each start, so that a shell with `env.sh` need not read the file again. */
export const DEFAULT_PORT = 8642;

const USAGE = `Usage: npm start -- [options]

  --once              send the example requests and exit: 0 if they succeed
  --config FILE       the configuration (default: ${DEFAULT_CONFIG_FILE})
  --environment NAME  the environment to start (default: the first enabled one)
  --airflow RELEASE   the Airflow release. If no environment runs it, one is
                      added. With --environment: runs it instead of its own
  --as ROLE_ARN       the caller (default: the first IAM role of a grant)
  --port N            port of the API (default: ${DEFAULT_PORT}; with --once: any)
  --replay            replay recorded output instead of running Airflow
  --fault NAME        activate a fault, and show what a caller sees
  --fault list        list the faults
`;

export interface StartOptions {
  readonly once: boolean;
  readonly config: string;
  readonly environment?: string | undefined;
  readonly airflow?: string | undefined;
  /** The ARN of an IAM role. */
  readonly as?: string | undefined;
  readonly port?: number | undefined;
  readonly replay: boolean;
  readonly fault?: FaultName | undefined;
}

/** The program prints a text instead of starting anything, and exits. */
export class ExitWithText extends Error {
  override readonly name = 'ExitWithText';
  readonly exitCode: number;
  constructor(text: string, exitCode: number) {
    super(text);
    this.exitCode = exitCode;
  }
}

/** @throws ExitWithText */
export function parseStartOptions(args: string[]): StartOptions {
  const { help, port, fault, ...values } = parse(args);
  if (help) throw new ExitWithText(USAGE, 0);
  const { airflow, as } = values;
  if (airflow !== undefined && !Object.hasOwn(INSTALLABLE_RELEASES, airflow)) {
    const releases = Object.keys(INSTALLABLE_RELEASES).toReversed().join(', ');
    throw new ExitWithText(`MWAA does not offer Airflow ${airflow}. Use one of: ${releases}.`, 2);
  }
  if (as !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/[^*]+$/.test(as))
    throw new ExitWithText(
      `${as} is not the ARN of a role. Write --as arn:aws:iam::111122223333:role/NAME, without "*".`,
      2,
    );
  return { ...values, port: parsePort(port), fault: parseFaultName(fault) };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        once: { type: 'boolean', default: false },
        config: { type: 'string', default: DEFAULT_CONFIG_FILE },
        environment: { type: 'string' },
        airflow: { type: 'string' },
        as: { type: 'string' },
        port: { type: 'string' },
        replay: { type: 'boolean', default: false },
        fault: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new ExitWithText(`${(error as Error).message}\n\n${USAGE}`, 2);
  }
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  throw new ExitWithText(`--port ${text} is not a port. Use a number from 0 to 65535.`, 2);
}

function parseFaultName(name: string | undefined): FaultName | undefined {
  if (name === 'list') throw new ExitWithText(formatFaultList(), 0);
  if (name === undefined || isFaultName(name)) return name;
  throw new ExitWithText(
    `There is no fault ${name}.${formatDidYouMean(name, Object.keys(FAULTS))} The faults are:\n\n${formatFaultList()}`,
    2,
  );
}
