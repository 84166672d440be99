import { parseArgs } from 'node:util';
import { CATALOGS } from '../../files/catalogs.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { type DecisionExplanation, explainDecision } from '../../policy/explain-decision.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { explainLines } from './explain-lines.ts';
import { findDefaultConfig } from './find-default-config.ts';
import { createPolicyQuery, type PolicyQuery } from './policy-query.ts';

export const EXPLAIN_USAGE = `Usage: mwaa explain --as CALLER --environment NAME [--config FILE] [--json] -- COMMAND…
       mwaa explain --airflow RELEASE [--json] -- COMMAND…
       mwaa explain … --stdin

Shows whether a configuration allows a command, by which grant, and exactly what would be sent; or why the command is refused, and
which grant would allow it. Runs nothing.

  --as CALLER         arn:aws:iam::111122223333:role/NAME, a role session or a user; or oidc:CLAIM=VALUE, which can be repeated
                      for several claims of a token
  --environment NAME  name in the configuration
  --config FILE       default ${DEFAULT_CONFIG_FILE}
  --airflow RELEASE   check no policy, only show how this release parses the command
  --raw               explain the command as if the caller requested the raw format
  --json              print one JSON object
  --stdin             read one command per line as a JSON array of words, and print one JSON object per line, in the same order

Exit codes: 0 allowed, 1 refused, 2 invalid usage. With --stdin always 0: each line has its own result.
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
  const { catalog, context } = resolveExplainOptions(values);
  const format = values.raw ? 'raw' : 'json';
  if (values.stdin) {
    if (positionals.length > 0)
      throw new UsageError('--stdin reads the commands from standard input: remove the command from the arguments.');
    const briefContext = context && { ...context, omitOtherCallers: true };
    return explainLines(terminal, (argv) => explainDecision(catalog, argv, briefContext, format));
  }
  if (positionals.length === 0) throw new UsageError('No command. Write it after "--".');
  const explanation = explainDecision(catalog, positionals, context, format);
  terminal.stdout(values.json ? `${JSON.stringify(explanation)}\n` : formatExplanation(explanation));
  return explanation.allowed ? 0 : 1;
}

interface ExplainOptions {
  readonly as?: readonly string[] | undefined;
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly airflow?: string | undefined;
}

/** @throws UsageError, ConfigError */
function resolveExplainOptions({
  as,
  environment,
  config,
  airflow,
}: ExplainOptions): Pick<PolicyQuery, 'catalog'> & Partial<PolicyQuery> {
  if (airflow !== undefined) {
    if (as !== undefined || environment !== undefined || config !== undefined) {
      throw new UsageError('--airflow checks no policy: remove --as, --environment and --config.');
    }
    const releases = CATALOGS.releases();
    if (!releases.includes(airflow)) {
      throw new UsageError(`There is no catalog of Airflow ${airflow}. Available releases: ${releases.join(', ')}.`);
    }
    return { catalog: CATALOGS.read(airflow) };
  }
  if (as === undefined || environment === undefined)
    throw new UsageError('Specify the caller and the environment: --as CALLER --environment NAME.');
  return createPolicyQuery(loadConfig(config ?? findDefaultConfig()), as, environment);
}

function formatExplanation(explanation: DecisionExplanation): string {
  if (!explanation.allowed) return `refused  ${explanation.refusal.code}\n         ${explanation.refusal.detail}\n`;
  const { commandLine, grant, line } = explanation;
  const verdict = grant === undefined ? 'valid' : `allowed  by line ${line}: ${grant}`;
  return `${verdict}\nsent     ${commandLine}\n`;
}
