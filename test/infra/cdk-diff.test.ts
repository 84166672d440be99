import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatGrantRules, selectActiveGrants } from '../../config/active-grants.ts';
import { COUNTS } from '../../config/quotas.ts';
import { type SynthesizeOptions, synthesize } from '../../lib/synthesize.ts';
import { parseTestConfig } from '../fixtures/parse-test-config.ts';
import { readDeployedStack } from './cdk-diff/deployed-stacks.ts';
import { type CloudFormationOptions, startCloudFormation } from './cdk-diff/start-cloudformation.ts';
import { createStubEntries } from './synthesize-config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = readFileSync(join(ROOT, 'config/example.yaml'), 'utf8');
const DATA_ENGINEER = 'arn:aws:iam::111122223333:role/data-engineer';
/** The rules in the example, in the order in which they are printed. */
const DATA_ENGINEER_RULES = [
  '@health',
  '@operate',
  '@read',
  '@secrets',
  'connections add * --*',
  'connections delete *',
  'variables delete *',
  'variables set * * --*',
].map((rule) => `${DATA_ENGINEER} may: ${rule}`);
const REPORTING = 'arn:aws:iam::111122223333:role/reporting-*';

/** Returns the folder with the templates of a configuration. */
const synthesizeText = (text: string, options: Omit<SynthesizeOptions, 'config'> = {}): string =>
  synthesize({ config: parseTestConfig(text), ...options }).directory;

/** Runs `cdk diff` against a CloudFormation that has deployed this assembly. */
async function runDiff(
  deployedAssembly: string,
  args: readonly string[],
  options: Pick<CloudFormationOptions, 'changeSetFailure'> = {},
) {
  const stackName = 'MwaaCliProxy';
  await using cloudFormation = await startCloudFormation({
    account: '111122223333',
    region: 'ap-southeast-2',
    stackName,
    deployed: readDeployedStack(deployedAssembly, stackName),
    ...options,
  });
  const folder = mkdtempSync(join(tmpdir(), 'diff-'));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ENDPOINT_URL: cloudFormation.url,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const output = await new Promise<string>((resolve) => {
    const command = ['node_modules/.bin/cdk', 'diff', '--output', join(folder, 'cdk.out'), ...args];
    execFile(process.execPath, command, { cwd: ROOT, env }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  return { output, operations: cloudFormation.operations, stacks: readStacks(output) };
}

/** Returns the printed changes of grants by environment. The stack of an environment that is new has its logical id as its name. */
function readStacks(output: string): Record<string, string[]> {
  const sections = output.split(/^Stack /m).slice(1);
  const stacks = sections.map((section) => [
    /Environmentanalytics([a-z]+)NestedStack/.exec(section.slice(0, section.indexOf('\n')))?.[1] ?? 'root',
    [...section.matchAll(/^(\[.\]) Metadata Grant\w+: (.*)$/gm)].map(([, sign, rule]) => `${sign} ${rule}`),
  ]);
  return Object.fromEntries(stacks);
}

describe('the documented command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
  const changed = join(folder, 'changed.yaml');
  let deployed: string;

  beforeAll(() => {
    writeFileSync(changed, EXAMPLE.replace('- variables set * * --*', '- variables set reporting_* * --*'));
    deployed = synthesizeText(EXAMPLE);
  });

  test.each([
    ['with a change set', undefined, /create a read-only change set/, /Could not create/],
    ['if the change set fails', 'Resource limit exceeded', /Could not create a change set/, /Could not access/],
  ])(
    'shows a changed rule for each environment, and no change of the API, %s',
    async (_when, changeSetFailure, expected, unexpected) => {
      const { output, operations, stacks } = await runDiff(deployed, ['-c', `config=${changed}`], { changeSetFailure });
      const changes = [
        `[-] ${DATA_ENGINEER} may: variables set * * --*`,
        `[+] ${DATA_ENGINEER} may: variables set reporting_* * --*`,
      ];

      expect(operations).toContain('DescribeChangeSet');
      expect(output).toMatch(expected);
      expect(output).not.toMatch(unexpected);
      expect(stacks).toEqual({ root: [], prod: changes, next: changes });
      expect(output).not.toMatch(/ApiGateway/);
    },
  );
});

describe('cdk diff with a change set', () => {
  const resolveEntryPoint = createStubEntries();
  const runDiffOf = (before: string, after: string) =>
    runDiff(synthesizeText(before, { resolveEntryPoint }), ['--app', synthesizeText(after, { resolveEntryPoint })]);

  test.each([
    [
      'one environment instead of all',
      (text: string) => text.replace('where: "*"', 'where: analytics-prod'),
      { prod: [], next: DATA_ENGINEER_RULES.map((rule) => `[-] ${rule}`) },
    ],
    [
      'a caller with a character that is not ASCII',
      (text: string) => text.replace(`who: ${REPORTING}`, `who: [${REPORTING}, oidc:sub=renée]`),
      {
        prod: [
          String.raw`[+] oidc:sub=ren\u00e9e may: dags list-runs --dag-id=reporting_*`,
          String.raw`[+] oidc:sub=ren\u00e9e may: dags trigger reporting_* --conf=* --run-id=*`,
        ],
        next: [],
      },
    ],
    [
      'a disabled grant',
      (text: string) => text.replace(`- who: ${DATA_ENGINEER}`, `- enabled: false\n    who: ${DATA_ENGINEER}`),
      {
        prod: DATA_ENGINEER_RULES.map((rule) => `[-] ${rule}`),
        next: DATA_ENGINEER_RULES.map((rule) => `[-] ${rule}`),
      },
    ],
    [
      'another caller',
      (text: string) => text.replace(`who: ${REPORTING}`, `who: ${REPORTING.replace('*', 'x')}`),
      {
        prod: [REPORTING, REPORTING.replace('*', 'x')].flatMap((who, index) =>
          ['dags list-runs --dag-id=reporting_*', 'dags trigger reporting_* --conf=* --run-id=*'].map(
            (rule) => `${index === 0 ? '[-]' : '[+]'} ${who} may: ${rule}`,
          ),
        ),
        next: [],
      },
    ],
    ['another release', (text: string) => text.replace('airflow: 2.10.3', 'airflow: 2.11.0'), { prod: [], next: [] }],
    ['a grant on another line', (text: string) => text.replace('grants:', 'grants:\n\n'), { prod: [], next: [] }],
  ])('shows for %s only the rules that change', async (_what, change, expected) => {
    const { output, stacks } = await runDiffOf(EXAMPLE, change(EXAMPLE));

    expect(stacks).toEqual({ root: [], ...expected });
    expect(output).toMatch(/\[~\] AWS::Lambda::Function RelayFunction/);
  });

  test('shows every rule of a new environment', async () => {
    const before = EXAMPLE.replace(/ {2}analytics-next:[\s\S]*(?= {2}analytics-prod:)/, '');

    const { stacks } = await runDiffOf(before, EXAMPLE);

    expect(stacks).toEqual({
      root: [],
      prod: [],
      next: DATA_ENGINEER_RULES.map((rule) => `[+] ${rule}`),
    });
  });
});

test('rules are in the templates of their environments only, with the size that the check of the configuration expects', () => {
  const rules = Array.from(
    { length: 400 },
    (_, index) => `      - dags trigger reporting_${index}_* --conf=* --run-id=*`,
  );
  const config = parseTestConfig(EXAMPLE.replace('      - "@operate"', rules.join('\n')));
  const { directory } = synthesize({ config, resolveEntryPoint: createStubEntries() });
  const readTemplates = (pattern: RegExp) =>
    readdirSync(directory)
      .filter((file) => pattern.test(file))
      .map((file) => readFileSync(join(directory, file), 'utf8'));
  const nested = readTemplates(/\.nested\.template\.json$/);
  const expectedRules = formatGrantRules(selectActiveGrants(config, 'analytics-prod'));
  const ruleBytes = expectedRules.reduce(
    (sum, rule) => sum + JSON.stringify(rule).length + COUNTS.ruleTemplateBytes,
    0,
  );

  expect(readTemplates(/^MwaaCliProxy\.template\.json$/).join()).not.toContain('reporting_');
  expect(nested.map((text) => text.split('reporting_').length - 1).sort()).toEqual([400, 402]);
  for (const text of nested) expect(text.length).toBeLessThan(COUNTS.environmentTemplateBytes + ruleBytes);
});
