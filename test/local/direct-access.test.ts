import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitRecords } from '../../airflow/stream-records.ts';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { createReplayRunner } from '../../local/airflow/replay-runner.ts';
import { buildPrograms } from '../../local/build-programs.ts';
import { createCredentialVariables } from '../../local/call-instructions.ts';
import { createPrincipalStore, type Principal, type PrincipalStore } from '../../local/iam/principal-store.ts';
import { verifySignature } from '../../local/iam/verify-signature.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { type MwaaStandIn, startMwaa } from '../../local/mwaa/start.ts';
import { startPreforkedAirflow } from './preforked-airflow.ts';
import { installAirflowOnPath, runShell, type ShellResult } from './run-shell.ts';
import { selectReleases } from './select-releases.ts';

const REGION = 'ap-southeast-2';
const ACCOUNT = '111122223333';
const RELEASE = '1.10.12';
const DAY = '2026-01-01T00:00:00+00:00';

/**
 * The supported commands listed in the article "Amazon MWAA with the Airflow CLI" (DNX Solutions, 2021). The tests run each with our
 * `airflow` without a proxy, which replaces the four steps of the article, and compare it with a real Airflow 1.10.12 on this machine.
 */
const SUPPORTED: readonly (readonly [command: string, exact: boolean])[] = [
  ['version', true],
  ['list_dags', false],
  ['list_tasks daily_report', false],
  ['list_tasks --tree daily_report', false],
  ['show_dag daily_report', false],
  ['pause daily_report', false],
  ['unpause daily_report', false],
  ['variables -s key "it is a value"', true],
  ['variables -g key', true],
  ['variables -g no_such_key', true],
  ['variables', false],
  ['variables -i variables.json', true],
  ['variables -x key', true],
  ['pool -s etl 8 "for loads"', false],
  ['pool -g etl', false],
  [`trigger_dag -e ${DAY} -r by_hand -c '{"day": "it is"}' daily_report`, false],
  ['trigger_dag no_such_dag', false],
  ['list_dag_runs daily_report', false],
  [`dag_state daily_report ${DAY}`, false],
  [`task_state daily_report start ${DAY}`, false],
  [`task_failed_deps daily_report start ${DAY}`, false],
  ['next_execution daily_report', false],
  [`render daily_report publish ${DAY}`, false],
  [`test daily_report start ${DAY}`, false],
  [`run --local daily_report start ${DAY}`, false],
  [`backfill -s ${DAY} -e ${DAY} --dry_run daily_report`, false],
  [`clear -c -s ${DAY} -e ${DAY} daily_report`, false],
  ['delete_dag -y daily_report', false],
];

/** The commands that the clients send, print or judge in different ways. */
const MAIN_COMMANDS = new Set([
  'version',
  'list_dags',
  'show_dag',
  'variables',
  'trigger_dag',
  'dag_state',
  'test',
  'delete_dag',
]);

/** Unsupported commands listed in the same article: MWAA rejects them. */
const UNSUPPORTED = ['connections -l', 'list_users', 'initdb', 'resetdb -y', 'webserver', 'sync_perm'];

const folder = mkdtempSync(join(tmpdir(), 'article-'));
const closing: (() => Promise<unknown>)[] = [];
const principals: PrincipalStore = createPrincipalStore();
let allowed = true;
let installed: InstalledAirflow | undefined;
let local: AirflowHome;
let mwaa: MwaaStandIn;
let program: string;
let directPath: string;
let engineer: Principal;

beforeAll(async () => {
  program = (await buildPrograms())('airflow');
  const found = await installAirflow(RELEASE, { onProgress: console.error });
  if ('unavailable' in found) console.error(`SKIPPED: ${found.unavailable}`);
  else installed = found;
  for (const name of ['local', 'remote', 'direct']) await mkdir(join(folder, name));
  if (installed) {
    const home = await createAirflowHome(installed, join(folder, 'local'));
    const preforked = await startPreforkedAirflow(installed, home);
    closing.push(() => preforked.close());
    local = { ...home, environment: preforked.environment };
  }
  const airflow = installed
    ? createAirflowRunner(installed, await createAirflowHome(installed, join(folder, 'remote')))
    : await createReplayRunner(RELEASE);
  closing.push(() => airflow.close());
  mwaa = await startMwaa({
    region: REGION,
    account: ACCOUNT,
    caDir: folder,
    environments: [
      { name: 'my_environment_name', runner: airflow },
      { name: 'another_domain', hostname: 'airflow.example.org', runner: airflow },
    ],
    verifySignature: (request) =>
      verifySignature(request, { service: 'airflow', region: REGION, principals, now: Date.now }),
    isAllowed: () => allowed,
  });
  closing.push(() => mwaa.close());
  engineer = principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/person/jo`, []);
  directPath = await installAirflowOnPath(join(folder, 'direct'), program, mwaa.network);
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

function runDirect(command: string, more: Record<string, string> = {}, path = directPath): Promise<ShellResult> {
  return runShell(command, folder, {
    PATH: `${path}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    NODE_EXTRA_CA_CERTS: mwaa.caFile,
    MWAA_ENVIRONMENT: 'my_environment_name',
    AWS_REGION: REGION,
    ...createCredentialVariables(engineer),
    ...more,
  });
}

const VARIABLES = `cat > variables.json <<'END'\n{"a": "x", "b": [1]}\nEND\n`;

test.for(selectReleases(SUPPORTED, ([command]) => MAIN_COMMANDS.has(command.split(' ', 1)[0]!)))(
  'airflow %s has the exit code and output of a local Airflow',
  async ([command, exact], { skip }) => {
    if (installed === undefined) return skip(`Airflow ${RELEASE} is not available on this machine`);
    const script = `${command.includes('variables.json') ? VARIABLES : ''}airflow ${command}`;
    const [expected, actual] = await Promise.all([
      runShell(script, local.folder, local.environment),
      runDirect(script, { MWAA_AIRFLOW_VERSION: RELEASE }),
    ]);
    expect({ exitCode: actual.exitCode }, actual.stderr).toEqual({ exitCode: expected.exitCode });
    expect(toComparable(actual.stdout, exact), actual.stderr).toBe(toComparable(expected.stdout, exact));
  },
);

/** Removes log lines, and replaces times, memory addresses, long numbers and folders, which differ between runs. */
function toComparable(stdout: string, exact: boolean): string {
  // Airflow prints log records to standard output too. The client prints them to standard error.
  const text = splitRecords(stdout)
    .flatMap((record) => (record.kind === 'text' ? record.text : []))
    .join('');
  if (exact) return text;
  return text
    .split('\n')
    .filter((line) => !/^\[\d{4}-|Running %s|^\s*$/.test(line))
    .map((line) => line.replace(/\d{4}-\d\d-\d\d[T ][\d:.+]+/g, 'TIME').replace(/0x[0-9a-f]+|\b\d{6,}\b/g, 'N'))
    .map((line) =>
      line
        .replaceAll(folder, '')
        .replace(/\/(?:local|remote)\b/g, '')
        .replace(/ +/g, ' ')
        .replace(/[-=+]{5,}/g, '---'),
    )
    .join('\n');
}

test.for(UNSUPPORTED)('airflow %s is rejected by MWAA, and the client says so', async (command, { skip }) => {
  if (installed === undefined) return skip(`Airflow ${RELEASE} is not available on this machine`);
  const result = await runDirect(`airflow ${command}`, { MWAA_AIRFLOW_VERSION: RELEASE });
  expect(result).toMatchObject({
    exitCode: 77,
    stdout: '',
    stderr: expect.stringContaining('does not allow this command'),
  });
});

test('the client gets the release from Airflow if no setting names it', async () => {
  const before = mwaa.journal.length;
  const result = await runDirect('airflow version');
  expect(result).toMatchObject({ exitCode: 0, stdout: `${RELEASE}\n` });
  expect(mwaa.journal.slice(before).filter(({ kind }) => kind === 'token')).toHaveLength(1);
});

test.each<FaultName>(['reset-after-run', 'truncated-json', '502-after-run'])(
  'a command whose response is lost (%s) is sent once, and its outcome is reported as unknown',
  async (fault) => {
    await mwaa.setFault(fault);
    const before = mwaa.journal.length;
    const result = await runDirect('airflow variables -s once 1', { MWAA_AIRFLOW_VERSION: RELEASE });
    await mwaa.setFault();
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('its outcome is unknown'),
    });
    expect(mwaa.journal.slice(before).filter(({ kind }) => kind === 'cli')).toHaveLength(1);
  },
);

test('a command that the catalog does not contain is sent as it was typed, with the same quoting', async () => {
  const before = mwaa.journal.length;
  const words = `variables --sett 'it'"'"'s "$HOME"' 'a;b'`;
  await runDirect(`airflow ${words}`, { MWAA_AIRFLOW_VERSION: RELEASE });
  const [sent] = mwaa.journal.slice(before).filter(({ kind }) => kind === 'cli');
  expect(sent).toMatchObject({ commandText: words });
});

describe('the error message says what to change for', () => {
  test.each<[what: string, more: Record<string, string>, exitCode: number, stderr: RegExp]>([
    [
      'an unknown environment',
      { MWAA_ENVIRONMENT: 'other' },
      78,
      /no environment of this name.*check MWAA_ENVIRONMENT/,
    ],
    ['the wrong region', { AWS_REGION: 'eu-west-1' }, 69, /cannot be reached.*check AWS_REGION/],
    ['no region', { AWS_REGION: '' }, 78, /Set AWS_REGION/],
    ['no environment', { MWAA_ENVIRONMENT: '' }, 78, /Set MWAA_ENVIRONMENT/],
    ['a wrong secret key', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 77, /rejects your AWS credentials/],
    [
      'a web server with another hostname',
      { MWAA_WEB_SERVER_HOSTNAME: 'airflow.example.com' },
      69,
      /only from inside its VPC/,
    ],
  ])('%s', async (_, more, exitCode, stderr) => {
    const result = await runDirect('airflow version', { MWAA_AIRFLOW_VERSION: RELEASE, ...more });
    expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(stderr) });
  });

  test('a web server outside of the domains of MWAA, which gets no token', async () => {
    const before = mwaa.journal.length;
    const variables = { MWAA_AIRFLOW_VERSION: RELEASE, MWAA_ENVIRONMENT: 'another_domain' };
    expect(await runDirect('airflow version', variables)).toMatchObject({
      exitCode: 78,
      stdout: '',
      stderr: expect.stringContaining('set MWAA_WEB_SERVER_HOSTNAME to it'),
    });
    expect(mwaa.journal.slice(before).map(({ kind }) => kind)).toEqual(['token']);
    const withHostname = { ...variables, MWAA_WEB_SERVER_HOSTNAME: 'airflow.example.org' };
    expect(await runDirect('airflow version', withHostname)).toMatchObject({ exitCode: 0 });
  });

  test('a role without airflow:CreateCliToken', async () => {
    allowed = false;
    const result = await runDirect('airflow version', { MWAA_AIRFLOW_VERSION: RELEASE });
    allowed = true;
    expect(result).toMatchObject({
      exitCode: 77,
      stdout: '',
      stderr: expect.stringContaining('Your role or user needs airflow:CreateCliToken'),
    });
  });

  test.each<[fault: FaultName, exitCode: number, stderr: RegExp]>([
    ['name-resolution', 69, /Its name cannot be resolved on this machine.*use a VPN/],
    ['connect-refused', 69, /does not accept connections from this machine/],
    ['tls-untrusted', 69, /certificate is not trusted here/],
  ])('a connection to the web server that fails with %s', async (fault, exitCode, stderr) => {
    await mwaa.setFault(fault);
    const path = await installAirflowOnPath(join(folder, fault), program, mwaa.getCurrentNetwork());
    const result = await runDirect('airflow version', { MWAA_AIRFLOW_VERSION: RELEASE }, path);
    await mwaa.setFault();
    expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(stderr) });
  });
});
