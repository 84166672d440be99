import { parseArgs } from 'node:util';
import type { Catalog } from '../../airflow/catalog.ts';
import type { Config } from '../../config/config-types.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { type DecisionExplanation, explainDecision } from '../../policy/explain-decision.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { judgeUpgrade, type UpgradeOptions } from './explain/judge-upgrade.ts';
import { explainLines } from './explain-lines.ts';
import { findDefaultConfig } from './find-default-config.ts';
import { findGrantWarnings } from './grant-warnings.ts';
import { createPolicyQuery, type PolicyQuery } from './policy-query.ts';

export const EXPLAIN_USAGE = `Usage: mwaa explain --as CALLER --environment NAME [--config FILE] [--json] -- COMMAND…
       mwaa explain --airflow RELEASE [--json] -- COMMAND…
       mwaa explain … --stdin
       mwaa explain --from RELEASE --to RELEASE [--json] FILE

Shows whether a configuration allows a command, by which grant, and exactly what would be sent; or why the command is refused, and
which grant would allow it. With --from and --to, shows before an upgrade which command lines of a file still work, how the others
are written after it, and which are gone. Runs nothing.

  --as CALLER         arn:aws:iam::111122223333:role/NAME, a role session or a user; or oidc:CLAIM=VALUE, which can be repeated
                      for several claims of a token
  --environment NAME  name in the configuration
  --config FILE       default ${DEFAULT_CONFIG_FILE}
  --airflow RELEASE   check no policy, only show how this release parses the command
  --raw               explain the command as if the caller requested the raw format
  --json              print one JSON object
  --from, --to        releases before and after an upgrade. FILE has one command line per line, as in a shell script; "-" is standard
                      input. Write one command after "--" instead of a file
  --stdin             read one command per line as a JSON array of words, and print one JSON object per line, in the same order

Exit codes: 0 allowed, 1 refused, 2 invalid usage. With --stdin always 0: each line has its own result. With --from and --to: 0 if
every command line works unchanged, else 1.
`;

/** @throws UsageError, ConfigError */
export async function explainCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    tokens: true,
    options: {
      as: { type: 'string', multiple: true },
      environment: { type: 'string' },
      config: { type: 'string' },
      airflow: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
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
  if (values.from !== undefined || values.to !== undefined) {
    const isCommand = tokens.some(({ kind }) => kind === 'option-terminator');
    return judgeUpgrade(readUpgradeOptions(values), positionals, isCommand, terminal);
  }
  const { catalog, context, config } = resolveExplainOptions(values);
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
  if (explanation.allowed && config && explanation.line !== undefined && explanation.grant !== undefined) {
    const warnings = findGrantWarnings(config, catalog, explanation.line, explanation.grant);
    for (const warning of warnings) terminal.stderr(`warning  ${warning}\n`);
  }
  return explanation.allowed ? 0 : 1;
}

interface ExplainOptions {
  readonly as?: readonly string[] | undefined;
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly airflow?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly json?: boolean | undefined;
}

/** @throws UsageError, ConfigError */
function resolveExplainOptions({
  as,
  environment,
  config,
  airflow,
}: ExplainOptions): Pick<PolicyQuery, 'catalog'> & Partial<PolicyQuery> & { readonly config?: Config } {
  if (airflow !== undefined) {
    if (as !== undefined || environment !== undefined || config !== undefined) {
      throw new UsageError('--airflow checks no policy: remove --as, --environment and --config.');
    }
    return { catalog: readCatalog(airflow) };
  }
  if (as === undefined || environment === undefined)
    throw new UsageError('Specify the caller and the environment: --as CALLER --environment NAME.');
  const loadedConfig = loadConfig(config ?? findDefaultConfig());
  return { ...createPolicyQuery(loadedConfig, as, environment), config: loadedConfig };
}

/** @throws UsageError */
function readUpgradeOptions({ from, to, as, environment, config, airflow, json }: ExplainOptions): UpgradeOptions {
  if (from === undefined || to === undefined)
    throw new UsageError('Specify both releases: --from RELEASE --to RELEASE.');
  if (as !== undefined || environment !== undefined || config !== undefined || airflow !== undefined)
    throw new UsageError('--from and --to check no policy: remove --as, --environment, --config and --airflow.');
  return { from: readCatalog(from), to: readCatalog(to), json: json === true };
}

/** @throws UsageError */
function readCatalog(release: string): Catalog {
  const releases = CATALOGS.releases();
  if (releases.includes(release)) return CATALOGS.read(release);
  throw new UsageError(`There is no catalog of Airflow ${release}. Available releases: ${releases.join(', ')}.`);
}

function formatExplanation(explanation: DecisionExplanation): string {
  if (!explanation.allowed) return `refused  ${explanation.refusal.code}\n         ${explanation.refusal.detail}\n`;
  const { commandLine, grant, line } = explanation;
  const verdict = grant === undefined ? 'valid' : `allowed  by line ${line}: ${grant}`;
  return `${verdict}\nsent     ${commandLine}\n`;
}
