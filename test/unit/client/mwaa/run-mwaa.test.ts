import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

const CONFIG = fileURLToPath(new URL('../../../../config/example.yaml', import.meta.url));
const POLICY_TESTS = fileURLToPath(new URL('../../../../config/policy-tests.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mwaa-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function runMwaaRecorded(argv: string[], stdin = '') {
  const { terminal, written } = createRecordedTerminal({}, stdin);
  return { exitCode: await runMwaa(argv, terminal), ...written };
}

const ROLE = 'arn:aws:iam::111122223333:role/reporting-nightly';
const runExplain = (...words: string[]) =>
  runMwaaRecorded(['explain', '--config', CONFIG, '--as', ROLE, '--environment', 'analytics-prod', ...words]);

describe('mwaa explain', () => {
  test('prints the grant of an allowed command, and what would be sent', async () => {
    const { exitCode, stdout } = await runExplain('--', 'dags', 'trigger', 'reporting_x', '-c', '{"a":"$"}');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^allowed {2}by line \d+: dags trigger reporting_\* --conf=\* --run-id=\*$/m);
    expect(stdout).toContain(
      `dags trigger --conf='{"a":"\\u0024"}' --no-replace-microseconds --output=json --run-id=mwaa-cli-proxy__REQUEST-ID reporting_x`,
    );
  });

  test('warns about a grant that covers more than it seems to, on standard error', async () => {
    const config = join(folder, 'broad.yaml');
    const grant = '  - { who: "arn:aws:iam::111122223333:role/*e*", where: "*", may: [dags delete *] }';
    writeFileSync(config, readFileSync(CONFIG, 'utf8').replace(/^grants:$/m, `grants:\n${grant}`));
    const argv = ['--as', ROLE, '--environment', 'analytics-prod', '--', 'dags', 'delete', '-y', 'x'];
    const { exitCode, stderr } = await runMwaaRecorded(['explain', '--config', config, ...argv]);
    expect(exitCode).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^warning {2}arn:aws:iam::111122223333:role\/\*e\* matches almost any name/),
      expect.stringMatching(/^warning {2}"dags delete" deletes data for good\./),
    ]);
    const tests = await runMwaaRecorded(['policy', 'test', POLICY_TESTS, '--config', config]);
    expect(tests.stderr).toMatch(
      /^warning {2}\S+broad\.yaml:\d+:\d+ {2}grants\[0\]\.who\[0\] .*\nwarning {2}\S+ {2}grants\[0\]\.may\[0\] /,
    );
  });

  test('prints no warning about a sensible grant', async () => {
    const config = join(folder, 'sensible.yaml');
    writeFileSync(config, readFileSync(CONFIG, 'utf8').replace(/^ {6}- (?:variables|connections) .*\n/gm, ''));
    expect(await runExplain('--config', config, '--', 'dags', 'trigger', 'reporting_x')).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(await runMwaaRecorded(['policy', 'test', POLICY_TESTS, '--config', config])).toMatchObject({ stderr: '' });
  });

  test('accepts a token with several claims', async () => {
    const config = join(folder, 'oidc.yaml');
    const grant = '  - { who: "oidc:groups=a,b", where: "*", may: [version] }';
    writeFileSync(config, readFileSync(CONFIG, 'utf8').replace(/^grants:$/m, `grants:\n${grant}`));
    const runExplainAs = (...claims: string[]) => {
      const callerOptions = claims.flatMap((claim) => ['--as', `oidc:${claim}`]);
      const options = ['--config', config, '--environment', 'analytics-prod', ...callerOptions];
      return runMwaaRecorded(['explain', ...options, '--', 'version']);
    };
    expect(await runExplainAs('sub=jo', 'groups=a,b')).toMatchObject({ exitCode: 0 });
    expect(await runExplainAs('groups=a', 'groups=b')).toMatchObject({ exitCode: 1 });
  });

  test('prints why the nearest grant does not allow a refused command, and which grant would', async () => {
    const { exitCode, stdout } = await runExplain('--', 'dags', 'trigger', 'daily_report');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('dag_id must match reporting_*.');
    expect(stdout).toMatch(/allows it for arn:aws:iam::111122223333:role\/data-engineer/);
  });

  test('prints one JSON object with --json', async () => {
    const { exitCode, stdout } = await runExplain('--json', '--', 'dags', 'delete', 'x');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      allowed: false,
      refusal: { code: 'not-granted', detail: expect.any(String) },
    });
  });

  test('shows without a policy how a release parses the command', async () => {
    expect(
      await runMwaaRecorded(['explain', '--airflow', '3.0.6', '--', 'dags', 'list-runs', '-o', 'json', 'x']),
    ).toEqual({
      exitCode: 0,
      stdout: 'valid\nsent     dags list-runs --output=json x\n',
      stderr: '',
    });
  });

  test('explains one command per line with --stdin, and continues after an invalid line', async () => {
    const lines = [
      '["version"]',
      '["dags","triger","x"]',
      'nonsense',
      '',
      '["version", null]',
      '["dags","trigger","x","-c",{"n":1.0}]',
    ];
    const { exitCode, stdout } = await runMwaaRecorded(
      ['explain', '--airflow', '2.10.3', '--stdin'],
      `${lines.join('\n')}\n`,
    );
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results).toEqual([
      { allowed: true, commandLine: 'version' },
      { allowed: false, refusal: { code: 'unknown-command', detail: expect.stringContaining('trigger') } },
      { allowed: false, refusal: { code: 'unreadable', detail: expect.stringContaining('nonsense') } },
      { allowed: false, refusal: { code: 'unreadable', detail: expect.any(String) } },
      { allowed: true, commandLine: `dags trigger --conf='{"n":1.0}' x` },
    ]);
    expect(exitCode).toBe(0);
  });

  test.each<[argv: string[], message: RegExp]>([
    [['explain'], /--as CALLER --environment NAME/],
    [
      ['explain', '--config', CONFIG, '--as', ROLE, '--as', 'oidc:sub=jo', '--environment', 'analytics-prod'],
      /is not a caller/,
    ],
    [['explain', '--nonsense'], /--nonsense/],
    [['explain', '--airflow', '9.9.9', '--', 'version'], /no catalog of Airflow 9\.9\.9.*2\.10\.3/],
    [['explain', '--airflow', '2.10.3', '--as', ROLE, '--', 'version'], /checks no policy/],
    [['explain', '--airflow', '2.10.3'], /No command/],
    [['explain', '--airflow', '2.10.3', '--stdin', '--', 'x'], /standard input/],
    [['explain', '--config', CONFIG, '--as', ROLE, '--environment', 'nope', '--', 'x'], /analytics-prod/],
    [['explain', '--config', CONFIG, '--as', ROLE, '--environment', 'constructor', '--', 'x'], /no environment/],
    [['explain', '--config', CONFIG, '--as', 'me', '--environment', 'analytics-prod', '--', 'x'], /me is not a caller/],
    [['explain', '--config', '/nowhere.yaml', '--as', ROLE, '--environment', 'x', '--', 'x'], /does not exist/],
    [['policy', 'test'], /one file/],
    [['policy', 'test', '/nowhere.yaml', '--config', CONFIG], /cannot be read/],
    [['nonsense'], /^mwaa: Unknown command nonsense\. See: mwaa --help\n$/],
    [['runn', '--', 'dags', 'list'], /^mwaa: Unknown command runn\. Did you mean "run"\? See: mwaa --help\n$/],
    [['policy', 'tset', 'x'], /^mwaa: Unknown command policy tset\. Did you mean "policy test"\? See: mwaa --help\n$/],
    [['explain', '--nonsense'], /^mwaa explain: .*'--nonsense'.*\. See: mwaa explain --help\n$/],
    [['run'], /^mwaa run: No command.*mwaa run -- dags list\. See: mwaa run --help\n$/],
    [[], /mwaa explain/],
  ])('%j is invalid usage: exits with 2 and a message on standard error', async (argv, message) => {
    expect(await runMwaaRecorded(argv)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  test.each([[['--help']], [['explain', '--help']], [['policy', 'test', '--help']], [['version', '--help']]])(
    '%j prints the usage',
    async (argv) => {
      expect(await runMwaaRecorded(argv)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('mwaa'),
        stderr: '',
      });
    },
  );
});

test.each([[['--version']], [['version']]])('%j prints the version of the package', async (argv) => {
  const { version } = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../../../package.json', import.meta.url)), 'utf8'),
  );
  expect(await runMwaaRecorded(argv)).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  ['explain', '--as', ROLE, '--environment', 'prod', '--', 'version'],
  ['policy', 'test', POLICY_TESTS],
])('mwaa %s outside of the repository names --config', async (...argv) => {
  const home = process.cwd();
  process.chdir(folder);
  try {
    expect(await runMwaaRecorded(argv)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^mwaa .*no config\/example\.yaml.*--config FILE.*\n$/),
    });
  } finally {
    process.chdir(home);
  }
});

describe('mwaa policy test', () => {
  test('passes for the example', async () => {
    const { exitCode, stdout } = await runMwaaRecorded(['policy', 'test', POLICY_TESTS, '--config', CONFIG]);
    expect(stdout).toMatch(/\n7 passed, 0 failed\n$/);
    expect(exitCode).toBe(0);
    const callerColumns = stdout.match(/^ok .* role\//gm)!.map((head) => head.length);
    expect(new Set(callerColumns).size).toBe(1);
  });

  test('prints the actual decision of a failed test', async () => {
    const file = join(folder, 'tests.yaml');
    const formatTest = (command: string, expected: string) =>
      `- { as: "${ROLE}", environment: analytics-prod, command: "${command}", expect: ${expected} }\n`;
    writeFileSync(
      file,
      formatTest('dags delete x', 'allowed') +
        formatTest('dags trigger reporting_x', 'refused') +
        formatTest("x '", 'unreadable'),
    );
    const { exitCode, stdout } = await runMwaaRecorded(['policy', 'test', file, '--config', CONFIG]);
    expect(stdout).toMatch(/FAIL {2}allowed .*dags delete x\n {6}refused, not-granted/);
    expect(stdout).toMatch(/FAIL {2}refused .*\n {6}allowed by line \d+/);
    expect(stdout).toMatch(/\n1 passed, 2 failed\n$/);
    expect(exitCode).toBe(1);
  });

  test('rejects an expectation that no decision meets', async () => {
    const file = join(folder, 'typo.yaml');
    writeFileSync(file, `- { as: "${ROLE}", environment: analytics-prod, command: version, expect: alowed }\n`);
    expect(await runMwaaRecorded(['policy', 'test', file, '--config', CONFIG])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/0\.expect: expected allowed, refused, .*, not alowed\. Did you mean "allowed"\?/),
    });
  });

  test('rejects a file that is not a list of tests', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, '- as: x\n  wher: y\n');
    expect(await runMwaaRecorded(['policy', 'test', file, '--config', CONFIG])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('wher'),
    });
  });
});
