import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Catalog } from '../../airflow/catalog.ts';
import { argvFromJson, parseJsonKeepingNumbers } from '../../airflow/json-argv.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { selectActiveGrants } from '../../config/active-grants.ts';
import type { Config } from '../../config/config-types.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { parseCaller } from '../../policy/caller.ts';
import { type DecisionExplanation, explainDecision, type PolicyContext } from '../../policy/explain-decision.ts';
import { compilePolicy } from '../../policy/policy.ts';
import { type Terminal, UsageError } from '../terminal.ts';

export const EXPLAIN_USAGE = `Usage: mwaa explain --as CALLER --environment NAME [--config FILE] [--json] -- COMMAND…
       mwaa explain --airflow RELEASE [--json] -- COMMAND…
       mwaa explain … --stdin

Says whether a command would be allowed, by which grant, and what exactly would be sent; or why not, and which grant would
allow it. Nothing is run.

  --as CALLER         arn:aws:iam::111122223333:role/NAME, a session of a role, a user; or oidc:CLAIM=VALUE, as often as the
                      token has claims that matter
  --environment NAME  as the configuration calls it
  --config FILE       default ${DEFAULT_CONFIG_FILE}
  --airflow RELEASE   without a policy: how this release reads the command
  --raw               as a caller who asks for the raw format
  --json              print one JSON object
  --stdin             read one JSON array of words a line, print one JSON object a line, in order

Exit status: 0 allowed, 1 refused, 2 bad usage. With --stdin 0: each line has its own answer.
`;

/** @throws UsageError, ConfigError */
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
  const { catalog, asked } = resolveExplainOptions(values);
  const format = values.raw ? 'raw' : 'json';
  if (values.stdin) {
    if (positionals.length > 0) throw new UsageError('With --stdin the commands come from standard input.');
    const briefly = asked && { ...asked, omitOtherCallers: true };
    return explainLines(terminal, (argv) => explainDecision(catalog, argv, briefly, format));
  }
  if (positionals.length === 0) throw new UsageError('Which command? Write it after "--".');
  const explanation = explainDecision(catalog, positionals, asked, format);
  terminal.stdout(values.json ? `${JSON.stringify(explanation)}\n` : formatExplanation(explanation));
  return explanation.allowed ? 0 : 1;
}

const CALLER_FORMS = 'Write arn:aws:iam::111122223333:role/NAME, or oidc:CLAIM=VALUE, once or more.';

interface ExplainOptions {
  readonly as?: readonly string[] | undefined;
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly airflow?: string | undefined;
}

function resolveExplainOptions({ as, environment, config, airflow }: ExplainOptions): {
  catalog: Catalog;
  asked?: PolicyContext;
} {
  if (airflow !== undefined) {
    if (as !== undefined || environment !== undefined || config !== undefined) {
      throw new UsageError('--airflow asks no policy: leave out --as, --environment and --config.');
    }
    const releases = CATALOGS.releases();
    if (!releases.includes(airflow)) {
      throw new UsageError(`There is no catalog of Airflow ${airflow}. There are: ${releases.join(', ')}.`);
    }
    return { catalog: CATALOGS.read(airflow) };
  }
  if (as === undefined || environment === undefined)
    throw new UsageError('Who, and where? --as CALLER --environment NAME.');
  return createPolicyQuery(loadConfig(config ?? DEFAULT_CONFIG_FILE), as, environment);
}

/**
 * The policy of one environment, asked for one caller.
 *
 * @throws UsageError when there is no such environment or caller
 */
export function createPolicyQuery(
  config: Config,
  as: readonly string[],
  environment: string,
): { catalog: Catalog; asked: PolicyContext } {
  const found = Object.hasOwn(config.environments, environment) ? config.environments[environment] : undefined;
  if (found === undefined || !found.enabled) {
    const names = Object.entries(config.environments).flatMap(([name, { enabled }]) => (enabled ? [name] : []));
    throw new UsageError(`There is no environment ${environment}. There are: ${names.join(', ')}.`);
  }
  const caller = parseCaller(as);
  if (caller === undefined) throw new UsageError(`${as.join(' ')} names no caller. ${CALLER_FORMS}`);
  const catalog = CATALOGS.read(found.airflow);
  const { policy } = compilePolicy(selectActiveGrants(config, environment), catalog);
  return { catalog, asked: { policy, caller, environment } };
}

function formatExplanation(explanation: DecisionExplanation): string {
  if (!explanation.allowed) return `refused  ${explanation.refusal.code}\n         ${explanation.refusal.detail}\n`;
  const { commandLine, grant, line } = explanation;
  const by = grant === undefined ? 'read' : `allowed  by line ${line}: ${grant}`;
  return `${by}\nsent     ${commandLine}\n`;
}

/** One answer a line, in order. A line that is no array of words is refused like a command, and the rest goes on. */
async function explainLines(terminal: Terminal, answer: (argv: string[]) => DecisionExplanation): Promise<number> {
  let pending = '';
  for await (const line of createInterface({ input: terminal.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    pending += `${JSON.stringify(explainLine(line, answer))}\n`;
    if (pending.length > 64 * 1024) {
      terminal.stdout(pending);
      pending = '';
    }
  }
  terminal.stdout(pending);
  return 0;
}

function explainLine(line: string, answer: (argv: string[]) => DecisionExplanation): DecisionExplanation {
  try {
    const list = parseJsonKeepingNumbers(line);
    if (Array.isArray(list)) return answer(argvFromJson(list));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof Refusal)) throw error;
  }
  const detail = `The line is no JSON array of words: ${line.slice(0, 60)}`;
  return { allowed: false, refusal: { code: 'unreadable', detail } };
}
