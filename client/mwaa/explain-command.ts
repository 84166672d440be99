import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { CATALOGS } from '../../files/catalogs.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { type DecisionExplanation, explainDecision } from '../../policy/explain-decision.ts';
import { splitSentences } from '../split-sentences.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import {
  type ExplainTarget,
  explainRest,
  formatSentCall,
  type ReleaseTarget,
  type RestExplanation,
  type WrittenRequest,
} from './explain/explain-rest.ts';
import { judgeUpgrade, type UpgradeOptions } from './explain/judge-upgrade.ts';
import { explainLines } from './explain-lines.ts';
import { findDefaultConfig } from './find-default-config.ts';
import { findGrantWarnings } from './grant-warnings.ts';
import { createPolicyQuery } from './policy-query.ts';

export const EXPLAIN_USAGE = `Usage: mwaa explain --as CALLER --environment NAME [--config FILE] [--json] -- COMMAND…
       mwaa explain --airflow RELEASE [--json] -- COMMAND…
       mwaa explain … --rest 'METHOD PATH' [--body JSON]
       mwaa explain … --stdin
       mwaa explain --from RELEASE --to RELEASE [--json] FILE

Shows whether a configuration allows a command or a request for Airflow's REST API, by which grant, and exactly what would be sent;
or why it is refused, and which grant would allow it. With --from and --to, shows before an upgrade which lines of a file still work,
how the others are written after it, and which are gone. Runs nothing.

  --as CALLER         arn:aws:iam::111122223333:role/NAME, a role session or a user; oidc:CLAIM=VALUE, which can be
                      repeated; event:NAME or deployment:NAME
                      for several claims of a token
  --environment NAME  name in the configuration
  --config FILE       default ${DEFAULT_CONFIG_FILE}
  --airflow RELEASE   check no policy, only show how this release parses the command
  --raw               explain the command as if the caller requested the raw format
  --rest 'METHOD PATH'  explain a request for the REST API, such as 'POST /api/v2/dags/reporting_daily/dagRuns'
  --body JSON         its body; @FILE reads it from a file, and @- from standard input
  --json              print one JSON object
  --from, --to        releases before and after an upgrade. FILE has one command line per line, as in a shell script, or one request
                      with its body behind it (GET /api/v1/dags); "-" is standard input. Instead of a file, write one command after
                      "--", or --rest
  --stdin             read one command per line as a JSON array of words, or one request as {"rest": "METHOD PATH", "body": …}, and
                      print one JSON object per line, in the same order

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
      rest: { type: 'string' },
      body: { type: 'string' },
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
  const call = await readRequest(values, positionals, terminal);
  if (values.from !== undefined || values.to !== undefined) {
    const isCommand = tokens.some(({ kind }) => kind === 'option-terminator');
    return judgeUpgrade(readUpgradeOptions(values), call ?? positionals, isCommand, terminal);
  }
  const target = resolveExplainOptions(values);
  const { catalog, context, config } = target;
  const format = values.raw ? 'raw' : 'json';
  if (values.stdin) {
    if (positionals.length > 0 || call !== undefined)
      throw new UsageError('--stdin reads the commands from standard input: remove the command from the arguments.');
    const briefTarget = { ...target, ...(context && { context: { ...context, omitOtherCallers: true } }) };
    return explainLines(terminal, {
      explainCommand: (argv) => explainDecision(catalog, argv, briefTarget.context, format),
      explainRequest: (request) => explainRest(briefTarget, request),
    });
  }
  if (positionals.length === 0 && call === undefined)
    throw new UsageError('No command. Write it after "--", or a request after --rest.');
  const explanation =
    call === undefined ? explainDecision(catalog, positionals, context, format) : explainRest(target, call);
  terminal.stdout(values.json ? `${JSON.stringify(explanation)}\n` : formatExplanation(explanation));
  if (explanation.allowed && config && explanation.line !== undefined && explanation.grant !== undefined) {
    const warnings = findGrantWarnings(config, catalog, explanation.line, explanation.grant);
    for (const warning of warnings) terminal.stderr(`warning  ${warning}\n`);
  }
  return explanation.allowed ? 0 : 1;
}

/**
 * The request of `--rest` and `--body`.
 *
 * @throws UsageError
 */
async function readRequest(
  { rest, body, raw }: { rest?: string | undefined; body?: string | undefined; raw: boolean },
  positionals: readonly string[],
  terminal: Terminal,
): Promise<WrittenRequest | undefined> {
  if (rest === undefined) {
    if (body !== undefined) throw new UsageError('--body belongs to a request. Write it after --rest.');
    return undefined;
  }
  if (positionals.length > 0) throw new UsageError('Write either a command or --rest.');
  if (raw) throw new UsageError('--raw is a format of commands. Remove it.');
  return { rest, ...(body === undefined ? {} : { body: await readBody(body, terminal) }) };
}

/** @throws UsageError */
async function readBody(written: string, { stdin }: Terminal): Promise<string> {
  if (!written.startsWith('@')) return written;
  const file = written.slice(1);
  if (file === '-') return text(stdin());
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
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
function resolveExplainOptions({ as, environment, config, airflow }: ExplainOptions): ExplainTarget {
  if (airflow !== undefined) {
    if (as !== undefined || environment !== undefined || config !== undefined) {
      throw new UsageError('--airflow checks no policy: remove --as, --environment and --config.');
    }
    return readRelease(airflow);
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
  const [before, after] = [readRelease(from), readRelease(to)];
  return {
    from: before.catalog,
    to: after.catalog,
    ...(before.rest && { restFrom: before.rest.rest }),
    ...(after.rest && { restTo: after.rest.rest }),
    json: json === true,
  };
}

/** @throws UsageError */
function readRelease(release: string): ReleaseTarget {
  const releases = CATALOGS.releases();
  if (!releases.includes(release))
    throw new UsageError(`There is no catalog of Airflow ${release}. Available releases: ${releases.join(', ')}.`);
  const operations = CATALOGS.readOperations(release);
  const catalog = CATALOGS.read(release);
  return { catalog, ...(operations && { rest: { catalog, rest: operations, notes: false } }) };
}

function formatExplanation(explanation: DecisionExplanation | RestExplanation): string {
  if (!explanation.allowed) {
    const { code, detail } = explanation.refusal;
    return [`refused  ${code}`, ...splitSentences(detail)].join('\n         ').concat('\n');
  }
  const { grant, line } = explanation;
  const verdict = grant === undefined ? 'valid' : `allowed  by line ${line}: ${grant}`;
  const sent = 'commandLine' in explanation ? [explanation.commandLine] : formatSentCall(explanation);
  return [verdict, `sent     ${sent[0]}`, ...sent.slice(1)].map((entry) => `${entry}\n`).join('');
}
