import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Catalogue } from '../../airflow/catalogue.ts';
import { parseKeepingNumbers, wordsOf } from '../../airflow/json-words.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { catalogueReleases, readCatalogue } from '../../lib/config/catalogues.ts';
import type { Config } from '../../lib/config/config-types.ts';
import { DEFAULT_CONFIG, loadConfig } from '../../lib/config/load-config.ts';
import { grantsOf } from '../../lib/functions/function-files.ts';
import { callerNamed } from '../../policy/caller.ts';
import { type Asked, type Explanation, explain } from '../../policy/explain.ts';
import { compile } from '../../policy/policy.ts';
import { type Terminal, UsageFault } from '../terminal.ts';

export const EXPLAIN_USAGE = `Usage: mwaa explain --as CALLER --environment NAME [--config FILE] [--json] -- COMMAND…
       mwaa explain --airflow RELEASE [--json] -- COMMAND…
       mwaa explain … --stdin

Says whether a command would be allowed, by which grant, and what exactly would be sent; or why not, and which grant would
allow it. Nothing is run.

  --as CALLER         arn:aws:iam::111122223333:role/NAME, a session of a role, a user; or oidc:CLAIM=VALUE, as often as the
                      token has claims that matter
  --environment NAME  as the configuration calls it
  --config FILE       default ${DEFAULT_CONFIG}
  --airflow RELEASE   without a policy: how this release reads the command
  --raw               as a caller who asks for the raw format
  --json              print one JSON object
  --stdin             read one JSON array of words a line, print one JSON object a line, in order

Exit status: 0 allowed, 1 refused, 2 bad usage. With --stdin 0: each line has its own answer.
`;

/** @throws UsageFault, ConfigFault */
export async function explainCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      as: { type: 'string', multiple: true },
      environment: { type: 'string' },
      config: { type: 'string' },
      airflow: { type: 'string' },
      raw: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      stdin: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    terminal.stdout(EXPLAIN_USAGE);
    return 0;
  }
  const { catalogue, asked } = questionFrom(values);
  const format = values.raw ? 'raw' : 'json';
  if (values.stdin) {
    if (positionals.length > 0) throw new UsageFault('With --stdin the commands come from standard input.');
    const briefly = asked && { ...asked, briefly: true };
    return stream(terminal, (argv) => explain(catalogue, argv, briefly, format));
  }
  if (positionals.length === 0) throw new UsageFault('Which command? Write it after "--".');
  const explanation = explain(catalogue, positionals, asked, format);
  terminal.stdout(values.json ? `${JSON.stringify(explanation)}\n` : inWords(explanation));
  return explanation.allowed ? 0 : 1;
}

const CALLER_FORMS = 'Write arn:aws:iam::111122223333:role/NAME, or oidc:CLAIM=VALUE, once or more.';

interface Question {
  readonly as?: readonly string[] | undefined;
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly airflow?: string | undefined;
}

function questionFrom({ as, environment, config, airflow }: Question): { catalogue: Catalogue; asked?: Asked } {
  if (airflow !== undefined) {
    if (as !== undefined || environment !== undefined || config !== undefined) {
      throw new UsageFault('--airflow asks no policy: leave out --as, --environment and --config.');
    }
    const releases = catalogueReleases();
    if (!releases.includes(airflow)) {
      throw new UsageFault(`There is no catalogue of Airflow ${airflow}. There are: ${releases.join(', ')}.`);
    }
    return { catalogue: readCatalogue(airflow) };
  }
  if (as === undefined || environment === undefined)
    throw new UsageFault('Who, and where? --as CALLER --environment NAME.');
  return askedOf(loadConfig(config ?? DEFAULT_CONFIG), as, environment);
}

/**
 * The policy of one environment, asked for one caller.
 *
 * @throws UsageFault when there is no such environment or caller
 */
export function askedOf(
  config: Config,
  as: readonly string[],
  environment: string,
): { catalogue: Catalogue; asked: Asked } {
  const found = Object.hasOwn(config.environments, environment) ? config.environments[environment] : undefined;
  if (found === undefined || !found.enabled) {
    const names = Object.entries(config.environments).flatMap(([name, { enabled }]) => (enabled ? [name] : []));
    throw new UsageFault(`There is no environment ${environment}. There are: ${names.join(', ')}.`);
  }
  const caller = callerNamed(as);
  if (caller === undefined) throw new UsageFault(`${as.join(' ')} names no caller. ${CALLER_FORMS}`);
  const catalogue = readCatalogue(found.airflow);
  const { policy } = compile(grantsOf(config, environment), catalogue);
  return { catalogue, asked: { policy, caller, environment } };
}

function inWords(explanation: Explanation): string {
  if (!explanation.allowed) return `refused  ${explanation.refusal.code}\n         ${explanation.refusal.detail}\n`;
  const { commandLine, grant, line } = explanation;
  const by = grant === undefined ? 'read' : `allowed  by line ${line}: ${grant}`;
  return `${by}\nsent     ${commandLine}\n`;
}

/** One answer a line, in order. A line that is no array of words is refused like a command, and the rest goes on. */
async function stream(terminal: Terminal, answer: (argv: string[]) => Explanation): Promise<number> {
  let pending = '';
  for await (const line of createInterface({ input: terminal.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    pending += `${JSON.stringify(answerLine(line, answer))}\n`;
    if (pending.length > 64 * 1024) {
      terminal.stdout(pending);
      pending = '';
    }
  }
  terminal.stdout(pending);
  return 0;
}

function answerLine(line: string, answer: (argv: string[]) => Explanation): Explanation {
  try {
    const list = parseKeepingNumbers(line);
    if (Array.isArray(list)) return answer(wordsOf(list));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof Refusal)) throw error;
  }
  const detail = `The line is no JSON array of words: ${line.slice(0, 60)}`;
  return { allowed: false, refusal: { code: 'unreadable', detail } };
}
