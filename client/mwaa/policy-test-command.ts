import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { formatDidYouMean } from '../../airflow/did-you-mean.ts';
import { REFUSAL_CODES } from '../../airflow/refusal.ts';
import { readRequestLine } from '../../airflow/rest/read-request-line.ts';
import { formatLocatedIssue } from '../../config/config-error.ts';
import { DEFAULT_CONFIG_FILE } from '../../files/load-config.ts';
import type { CallExplanation } from '../../policy/explain-call.ts';
import { type DecisionExplanation, explainDecision, explainRefusals } from '../../policy/explain-decision.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { loadQueriedConfig } from './policy/load-queried-config.ts';
import { createPolicyQuery, explainQueriedCall, type PolicyQuery } from './policy-query.ts';

export const POLICY_TEST_USAGE = `Usage: mwaa policy test FILE [--config CONFIG | --policy POLICY]

Tests a policy against expected decisions. FILE is a YAML list:

  - as: arn:aws:iam::111122223333:role/reporting-nightly   # or a list of oidc:CLAIM=VALUE
    environment: analytics-prod
    command: dags trigger reporting_daily      # or a list of words
    expect: allowed                            # or refused, or the code of a refusal
  - as: arn:aws:iam::111122223333:role/reporting-nightly
    environment: analytics-prod
    rest: POST /api/v1/dags/reporting_daily/dagRuns   # a request for the REST API
    body: { conf: { day: 2026-11-22 } }        # its body, in YAML or as JSON text
    expect: allowed

  --config CONFIG  default ${DEFAULT_CONFIG_FILE}
  --policy POLICY  the policy of a deployment without the CDK: a file, or s3://BUCKET/policy.json for what is stored

Exit codes: 0 all tests passed, 1 a test failed, 2 invalid usage.
`;

/** `not-found`: the environment does not offer the REST API. */
const EXPECTATIONS = ['allowed', 'refused', 'not-granted', 'not-found', ...REFUSAL_CODES] as const;

const policyTestSchema = z.array(
  z
    .strictObject({
      as: z.union([z.string(), z.array(z.string()).min(1)]),
      environment: z.string(),
      command: z.union([z.string(), z.array(z.string())]).optional(),
      rest: z.string().optional(),
      body: z.json().optional(),
      expect: z.enum(EXPECTATIONS, {
        error: ({ input }) =>
          `expected allowed, refused, or the code of a refusal, not ${input}.${formatDidYouMean(String(input), EXPECTATIONS)}`,
      }),
    })
    .refine(({ command, rest, body }) => (command === undefined) !== (rest === undefined) && !(command && body), {
      error: 'must have either "command", or "rest" and perhaps "body"',
    }),
);

type PolicyTest = z.output<typeof policyTestSchema>[number];

/** @throws UsageError, ConfigError */
export async function policyTestCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, policy: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    terminal.stdout(POLICY_TEST_USAGE);
    return 0;
  }
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('Specify exactly one file with tests.');
  const { config, file: configFile } = await loadQueriedConfig(values, terminal);
  for (const warning of config.warnings.filter(({ path }) => path.startsWith('grants')))
    terminal.stderr(`warning  ${formatLocatedIssue(configFile, warning)}\n`);

  let failed = 0;
  const cases = readPolicyTests(file);
  const width = Math.max(...cases.map(({ expect }) => expect.length));
  for (const policyTest of cases) {
    const { as, environment, expect } = policyTest;
    const callers = typeof as === 'string' ? [as] : as;
    const explanation = explainTest(policyTest, createPolicyQuery(config, callers, environment));
    const passed = matchesExpectation(explanation, expect);
    if (!passed) failed += 1;
    const callerNames = callers.map((caller) => caller.slice(caller.lastIndexOf(':') + 1)).join(' ');
    terminal.stdout(
      `${passed ? 'ok  ' : 'FAIL'}  ${expect.padEnd(width)}  ${callerNames} on ${environment}: ${formatTest(policyTest)}\n`,
    );
    if (!passed) terminal.stdout(`      ${formatDecision(explanation)}\n`);
  }
  terminal.stdout(`\n${cases.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

type Explanation = DecisionExplanation | CallExplanation;

function explainTest({ command, rest = '', body }: PolicyTest, query: PolicyQuery): Explanation {
  if (command !== undefined) return explainDecision(query.catalog, command, query.context);
  return explainRefusals(() => explainQueriedCall(query, { ...readRequestLine(rest), ...formatBody(body) }));
}

/** Text is JSON already: it keeps the spelling of numbers, which YAML does not. */
function formatBody(body: unknown): { readonly body?: string } {
  if (body === undefined) return {};
  return { body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function formatTest({ command, rest = '', body }: PolicyTest): string {
  if (command === undefined) return [rest, ...Object.values(formatBody(body))].join(' ');
  return typeof command === 'string' ? command : command.join(' ');
}

/** @throws UsageError */
function readPolicyTests(file: string): PolicyTest[] {
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

function matchesExpectation(explanation: Explanation, expect: string): boolean {
  if (explanation.allowed) return expect === 'allowed';
  return expect === 'refused' || expect === explanation.refusal.code;
}

const formatDecision = (explanation: Explanation): string =>
  explanation.allowed
    ? `allowed by line ${explanation.line}: ${explanation.grant}`
    : `refused, ${explanation.refusal.code}: ${explanation.refusal.detail}`;
