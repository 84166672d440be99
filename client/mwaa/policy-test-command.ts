import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { formatLocatedIssue } from '../../config/config-error.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { type DecisionExplanation, explainDecision } from '../../policy/explain-decision.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { findDefaultConfig } from './find-default-config.ts';
import { createPolicyQuery } from './policy-query.ts';

export const POLICY_TEST_USAGE = `Usage: mwaa policy test FILE [--config CONFIG]

Tests a policy against expected decisions. FILE is a YAML list:

  - as: arn:aws:iam::111122223333:role/reporting-nightly   # or a list of oidc:CLAIM=VALUE
    environment: analytics-prod
    command: dags trigger reporting_daily      # or a list of words
    expect: allowed                            # or refused, or the code of a refusal

  --config CONFIG  default ${DEFAULT_CONFIG_FILE}

Exit codes: 0 all tests passed, 1 a test failed, 2 invalid usage.
`;

const policyTestSchema = z.array(
  z.strictObject({
    as: z.union([z.string(), z.array(z.string()).min(1)]),
    environment: z.string(),
    command: z.union([z.string(), z.array(z.string())]),
    expect: z.string(),
  }),
);

/** @throws UsageError, ConfigError */
export function policyTestCommand(args: readonly string[], terminal: Terminal): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    terminal.stdout(POLICY_TEST_USAGE);
    return 0;
  }
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('Specify exactly one file with tests.');
  const configFile = values.config ?? findDefaultConfig();
  const config = loadConfig(configFile);
  for (const warning of config.warnings.filter(({ path }) => path.startsWith('grants')))
    terminal.stderr(`warning  ${formatLocatedIssue(configFile, warning)}\n`);

  let failed = 0;
  const cases = readPolicyTests(file);
  const width = Math.max(...cases.map(({ expect }) => expect.length));
  for (const { as, environment, command, expect } of cases) {
    const text = typeof command === 'string' ? command : command.join(' ');
    const callers = typeof as === 'string' ? [as] : as;
    const { catalog, context } = createPolicyQuery(config, callers, environment);
    const explanation = explainDecision(catalog, command, context);
    const passed = matchesExpectation(explanation, expect);
    if (!passed) failed += 1;
    const callerNames = callers.map((caller) => caller.slice(caller.lastIndexOf(':') + 1)).join(' ');
    terminal.stdout(
      `${passed ? 'ok  ' : 'FAIL'}  ${expect.padEnd(width)}  ${callerNames} on ${environment}: ${text}\n`,
    );
    if (!passed) terminal.stdout(`      ${formatDecision(explanation)}\n`);
  }
  terminal.stdout(`\n${cases.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** @throws UsageError */
function readPolicyTests(file: string): z.output<typeof policyTestSchema> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new UsageError(`${file}: ${error.message}`, { cause: error });
  const parsed = policyTestSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
  throw new UsageError(issues.join('\n'), { cause: parsed.error });
}

function matchesExpectation(explanation: DecisionExplanation, expect: string): boolean {
  if (explanation.allowed) return expect === 'allowed';
  return expect === 'refused' || expect === explanation.refusal.code;
}

const formatDecision = (explanation: DecisionExplanation): string =>
  explanation.allowed
    ? `allowed by line ${explanation.line}: ${explanation.grant}`
    : `refused, ${explanation.refusal.code}: ${explanation.refusal.detail}`;
