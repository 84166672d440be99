import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'mwaa-rest-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const ROLE = 'arn:aws:iam::111122223333:role/reporting';
const CONFIG = write(
  'proxy.yaml',
  `region: eu-west-1
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod: { airflow: 2.10.3, rest: true, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
  low: { airflow: 2.10.3, rest: true, restRole: Viewer, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
  plain: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
operations: { alarmTopics: [] }
grants:
  - who: ${ROLE}
    where: "*"
    may:
      - dags trigger reporting_* --conf=*
      - api GET /dags/reporting_*/dagRuns
      - api GET /variables
`,
);

async function run(argv: string[], stdin = '') {
  const { terminal, written } = createRecordedTerminal({}, stdin);
  return { exitCode: await runMwaa(argv, terminal), ...written };
}
const explain = (...words: string[]) =>
  run(['explain', '--config', CONFIG, '--as', ROLE, '--environment', 'prod', ...words]);

describe('mwaa explain --rest', () => {
  test('prints the grant, what would be sent, and the role in Airflow', async () => {
    const body = write('body.json', '{"conf": {"day": "2026-11-22"}}');
    for (const written of ['{"conf": {"day": "2026-11-22"}}', `@${body}`]) {
      expect(await explain('--rest', 'POST /api/v1/dags/reporting_x/dagRuns', '--body', written)).toEqual({
        exitCode: 0,
        stdout: [
          'allowed  by line 9: dags trigger reporting_* --conf=*',
          'sent     POST /api/v1/dags/reporting_x/dagRuns',
          '         {"conf":{"day":"2026-11-22"},"dag_run_id":"mwaa-cli-proxy__REQUEST-ID",' +
            '"note":"Triggered by arn:aws:sts::111122223333:assumed-role/reporting/any-session, request REQUEST-ID."}',
          "as       Op, the Airflow role of the environment's requests",
          '',
        ].join('\n'),
        stderr: '',
      });
    }
  });

  test('reads the body from standard input', async () => {
    const argv = ['--airflow', '3.0.6', '--rest', 'POST /api/v2/dags/x/dagRuns', '--body', '@-'];
    expect(await run(['explain', ...argv], '{"logical_date":null}')).toMatchObject({
      exitCode: 0,
      stdout: 'valid\nsent     POST /api/v2/dags/x/dagRuns\n         {"logical_date":null}\n',
    });
  });

  test('prints warnings about the grant, and about the role', async () => {
    const argv = [
      'explain',
      '--config',
      CONFIG,
      '--as',
      ROLE,
      '--environment',
      'low',
      '--rest',
      'GET /api/v1/variables',
    ];
    expect(await run(argv)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^warning {2}Airflow asks for the role Op, so it will reject the request of Viewer\./m,
      ),
      stderr: 'warning  "api GET /variables" can print secrets. Grant it only to callers that may know them all.\n',
    });
    expect(JSON.parse((await run([...argv, '--json'])).stdout)).toMatchObject({
      airflowRole: 'Viewer',
      roleNeeded: 'Op',
    });
  });

  test.each<[environment: string, line: string, code: string, detail: RegExp]>([
    ['prod', 'GET /api/v1/dags/other/dagRuns', 'not-granted', /dag_id must match reporting_\*\./],
    ['prod', 'GET /api/v1/dag', 'unknown-operation', /Did you mean "\/dags"\?/],
    ['prod', 'dags list', 'unreadable', /METHOD PATH/],
    ['plain', 'GET /api/v1/dags', 'not-found', /^plain does not offer Airflow's REST API\./],
  ])('refuses: %s %s', async (environment, line, code, detail) => {
    const argv = ['explain', '--config', CONFIG, '--as', ROLE, '--environment', environment, '--rest', line];
    const { exitCode, stdout } = await run([...argv, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ allowed: false, refusal: { code, detail: expect.stringMatching(detail) } });
    expect((await run(argv)).stdout).toMatch(new RegExp(`^refused {2}${code}\n {9}`));
  });

  test('prints each sentence of a refusal on a line of its own', async () => {
    expect((await explain('--rest', 'GET /api/v1/dags/other/dagRuns')).stdout.split('\n')).toEqual([
      'refused  not-granted',
      '         "api GET /dags/other/dagRuns" with these arguments is not granted on prod.',
      '         The nearest rule is "api GET /dags/reporting_*/dagRuns" on line 9.',
      '         dag_id must match reporting_*.',
      '         A rule such as "api GET /dags/other/dagRuns" would grant it.',
      '         The request also shows the conf and the note of each run.',
      '         On Airflow 2.9 to 2.11, a request with "fields" can leave them out.',
      '         Granted to this caller: dags trigger reporting_* --conf=*; api GET /dags/reporting_*/dagRuns; api GET /variables.',
      '',
    ]);
  });

  test('a release whose REST API is not offered', async () => {
    expect(await run(['explain', '--airflow', '2.2.2', '--rest', 'GET /api/v1/dags'])).toMatchObject({
      exitCode: 1,
      stdout: 'refused  not-found\n         The proxy does not offer the REST API of Airflow 2.2.2.\n',
    });
  });

  test('explains requests between commands with --stdin', async () => {
    const lines = [
      '["dags","list"]',
      '{"rest":"GET /api/v1/dags/reporting_x/dagRuns"}',
      '{"rest":"POST /api/v1/dags/reporting_x/dagRuns","body":{"conf":{"n":1.50}}}',
      '{"rest":5}',
    ];
    const argv = ['explain', '--config', CONFIG, '--as', ROLE, '--environment', 'prod', '--stdin'];
    const printed = (await run(argv, lines.join('\n'))).stdout.trimEnd().split('\n');
    expect(printed.map((line) => JSON.parse(line))).toMatchObject([
      { allowed: false, refusal: { code: 'not-granted' } },
      { allowed: true, grant: 'api GET /dags/reporting_*/dagRuns' },
      { allowed: true, grant: 'dags trigger reporting_* --conf=*' },
      { allowed: false, refusal: { code: 'unreadable' } },
    ]);
    expect(printed[2]).toContain('"n":1.50');
  });

  test('judges requests of a file before an upgrade', async () => {
    const file = write('requests.txt', '# read\nGET /api/v1/dags?limit=5\nGET /api/v1/roles\nairflow version\n');
    const upgrade = ['explain', '--from', '2.10.3', '--to', '3.0.6'];
    const { exitCode, stdout } = await run([...upgrade, file]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^changed {2}GET \/api\/v1\/dags\?limit=5\n {9}GET \/api\/v2\/dags\?limit=5\n/);
    expect(stdout).toMatch(/\ngone {5}GET \/api\/v1\/roles\n/);
    expect(stdout).toMatch(/\n1 same, 1 changed, 1 gone, 0 invalid\n$/);
    const one = await run([...upgrade, '--json', '--rest', 'POST /api/v1/dags/d/dagRuns', '--body', '{}']);
    expect(JSON.parse(one.stdout)).toMatchObject({ request: 'POST /api/v2/dags/d/dagRuns {"logical_date":null}' });
  });

  test.each<[what: string, words: string[], message: RegExp]>([
    ['a body without a request', ['--body', '{}', '--', 'version'], /--body belongs to a request/],
    ['a command and a request', ['--rest', 'GET /api/v1/dags', '--', 'version'], /either a command or --rest/],
    ['the raw format', ['--raw', '--rest', 'GET /api/v1/dags'], /--raw is a format of commands/],
    ['a missing file', ['--rest', 'GET /api/v1/dags', '--body', '@/no/such'], /\/no\/such cannot be read \(ENOENT\)/],
    ['nothing', [], /or a request after --rest/],
  ])('rejects %s', async (_what, words, message) => {
    expect(await explain(...words)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) });
  });
});

describe('mwaa policy test with requests for the REST API', () => {
  const createTest = (members: string, expected: string, environment = 'prod') =>
    `- { as: "${ROLE}", environment: ${environment}, ${members}, expect: ${expected} }\n`;
  const test1 = createTest('rest: GET /api/v1/dags/reporting_x/dagRuns', 'allowed');

  test('passes and fails by the same decisions', async () => {
    const file = write(
      'tests.yaml',
      test1 +
        createTest('rest: POST /api/v1/dags/reporting_x/dagRuns, body: { conf: { day: 2026-11-22 } }', 'allowed') +
        createTest(`rest: POST /api/v1/dags/reporting_x/dagRuns, body: '{"conf": {}}'`, 'allowed') +
        createTest('rest: GET /api/v1/dags/other/dagRuns', 'not-granted') +
        createTest('rest: GET /api/v1/dag', 'unknown-operation') +
        createTest('rest: GET /api/v1/dags', 'not-found', 'plain') +
        createTest('rest: dags', 'unreadable') +
        createTest('rest: GET /api/v1/dags', 'allowed'),
    );
    const { exitCode, stdout } = await run(['policy', 'test', file, '--config', CONFIG]);
    expect(stdout).toMatch(/\n7 passed, 1 failed\n$/);
    expect(stdout).toMatch(/^ok {4}allowed {12}role\/reporting on prod: POST \S+ \{"conf":\{"day":"2026-11-22"\}\}$/m);
    expect(stdout).toMatch(/\nFAIL {2}allowed .*GET \/api\/v1\/dags\n {6}refused, not-granted: /);
    expect(exitCode).toBe(1);
  });

  test.each(['rest: GET /api/v1/dags, command: version', 'body: {}', 'command: version, body: {}', 'where: x'])(
    'rejects a test with %s',
    async (members) => {
      const file = write('bad.yaml', createTest(members, 'allowed'));
      expect(await run(['policy', 'test', file, '--config', CONFIG])).toMatchObject({ exitCode: 2, stdout: '' });
    },
  );
});
