import { execFile, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLock } from '../../local/airflow/with-lock.ts';
import { createClientVariables } from '../../local/call-instructions.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { runShell } from './run-shell.ts';
import { RUNS_ALL } from './select-releases.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ALL_CALLERS = 'endpoint: regional, callers: { accounts: ["111122223333"] }';

/** The top-level files and folders of the package. */
const TOP_LEVEL_ENTRIES = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'dist', 'docs', 'package.json'];

/** A folder in which only the tarball is installed. */
const folder = mkdtempSync(join(tmpdir(), 'package-'));
const installed = join(folder, 'node_modules', 'mwaa-cli-proxy');
let packed: { readonly filename: string; readonly size: number; readonly files: readonly { readonly path: string }[] };
let stack: LocalStack;
let variables: Record<string, string>;

const runNpm = async (words: string[], cwd: string): Promise<string> =>
  (await promisify(execFile)('npm', words, { cwd })).stdout;

beforeAll(async () => {
  // `npm pack` builds dist/, so only one run of the tests may pack at a time.
  const pack = () => runNpm(['pack', '--json', '--pack-destination', folder], ROOT);
  [packed] = JSON.parse(await withLock(join(ROOT, '.cache', 'dist.lock'), pack));
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "type": "module", "private": true }\n');
  await runNpm(['install', '--no-audit', '--no-fund', '--prefer-offline', `./${packed.filename}`], folder);
  stack = await startSmallStack(createConfig(ALL_CALLERS));
  variables = {
    HOME: folder,
    ...createClientVariables(stack.url, stack.region, 'prod', stack.createCaller('team', 'package')),
  };
});
afterAll(async () => {
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Node.js 20.16 cannot load ES modules with `require`, and Jest cannot either. */
const NO_REQUIRE_ESM = '--no-experimental-require-module';

const PATH = process.env.PATH ?? '';
const runInFolder = (script: string) =>
  runShell(script, folder, { PATH: `${folder}/node_modules/.bin:${PATH}`, ...variables });

test('the package contains only what users need, and installs only the dependency of the construct', () => {
  expect(readdirSync(installed).sort()).toEqual(TOP_LEVEL_ENTRIES);
  expect(readdirSync(join(installed, 'dist')).sort()).toEqual([
    'airflow',
    'bin',
    'client',
    'config',
    'contract',
    'files',
    'functions',
    'lib',
    'package.json',
    'policy',
    'template',
  ]);
  const sources = packed.files.map(({ path }) => path).filter((path) => /(?<!\.d)\.ts$|\btest\b/.test(path));
  expect(sources).toEqual([]);
  expect(packed.size).toBeLessThan(1_700_000);
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'mwaa-cli-proxy',
    'zod',
  ]);
});

test('the installed airflow command runs a command through the proxy', async () => {
  expect(await runInFolder('airflow version')).toEqual({ exitCode: 0, stdout: '2.10.3\n', stderr: expect.any(String) });
});

test('the airflow command is one file, and works after it is copied elsewhere', async () => {
  const bin = join(folder, 'elsewhere');
  mkdirSync(bin);
  copyFileSync(join(installed, 'dist/bin/airflow.cjs'), join(bin, 'airflow'));
  const runCopy = (script: string, more = {}) =>
    runShell(script, tmpdir(), { PATH: `${bin}:${PATH}`, ...variables, ...more });
  // In a folder with "type": "module", Node would load the file as an ES module.
  writeFileSync(join(bin, 'package.json'), '{}');
  expect(await runCopy('airflow version')).toMatchObject({ exitCode: 0, stdout: '2.10.3\n' });
  expect(await runCopy('airflow dags list --help')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Usage: airflow dags list'),
    stderr: '',
  });
  const direct = await runCopy('airflow version', { MWAA_CLI_PROXY_URL: '', AWS_REGION: 'nowhere-1' });
  expect(direct).toMatchObject({
    exitCode: 69,
    stdout: '',
    stderr: expect.stringContaining('MWAA API cannot be reached'),
  });
  expect(await runCopy('airflow variables import nothing.json')).toMatchObject({
    exitCode: 1,
    stderr: 'Missing variables file.\n',
  });
});

test('the installed airflow-step command says which input it needs', async () => {
  expect(await runInFolder('MWAA_CLI_PROXY_URL= airflow-step')).toMatchObject({
    exitCode: 78,
    stdout: expect.stringContaining('Set the input url'),
  });
});

/** A Node.js 20 on the PATH, or undefined. */
const findOldNode = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(':')
    .filter((entry) => !entry.includes('node_modules'))
    .map((entry) => join(entry, 'node'))
    .find((path) => /^v20\./.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? ''));

test('airflow and mwaa run on the oldest supported Node, if it is installed on this machine', async ({ skip }) => {
  const node = findOldNode();
  if (node === undefined) return skip('There is no Node 20 on the PATH.');
  const program = join(installed, 'dist/bin');
  expect(await runInFolder(`'${node}' '${program}/airflow.cjs' version`)).toMatchObject({
    exitCode: 0,
    stdout: '2.10.3\n',
  });
  expect(await runInFolder(`'${node}' '${program}/airflow.cjs' dags -h`)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runInFolder(`'${node}' '${program}/mwaa.cjs' doctor`)).toMatchObject({ exitCode: 0 });
  const config = join(ROOT, 'config/example.yaml');
  const who = 'arn:aws:iam::111122223333:role/data-engineer';
  const explain = `explain --config '${config}' --as ${who} --environment analytics-prod -- dags list`;
  expect(await runInFolder(`'${node}' '${program}/mwaa.cjs' ${explain}`)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('allowed'),
  });
});

test('mwaa prints its help, explains a command, and completes words in bash', async () => {
  expect(await runInFolder('mwaa --help')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('mwaa explain'),
  });
  expect(await runInFolder('mwaa explain --airflow 2.10.3 -- dags list')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('sent     dags list'),
  });
  const completed = await runInFolder(`
source <(mwaa completion bash)
COMP_WORDS=(airflow dags li); COMP_CWORD=2
_mwaa_airflow
printf '%s\\n' "\${COMPREPLY[@]}"`);
  expect(completed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^list\n/) });
});

test('the library sends a request, and its types compile', async () => {
  const text = `
import { MwaaCliProxyClient, ProxyProblem } from 'mwaa-cli-proxy/client';
const { MWAA_CLI_PROXY_URL: url = '', AWS_REGION: region = '' } = process.env;
const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken = '' } = process.env;
const airflow = new MwaaCliProxyClient({ url, region, credentials: { accessKeyId, secretAccessKey, sessionToken } }, 'prod');
const { outcome, stdout } = await airflow.run(['version'], { signal: AbortSignal.timeout(30_000) });
const problem = await airflow.run(['dags', 'delete', 'x']).catch((error: unknown) => error);
console.log(JSON.stringify({ outcome, stdout, code: problem instanceof ProxyProblem ? problem.code : undefined }));
`;
  writeFileSync(join(folder, 'use.ts'), text);
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  const options = '--noEmit --strict --module nodenext --target es2024 --types node';
  expect(await runInFolder(`'${ROOT}node_modules/.bin/tsc' ${options} use.ts`)).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
  const result = await runInFolder('node use.ts');
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(result.stdout)).toEqual({
    outcome: 'succeeded',
    stdout: expect.stringContaining('2.10.3'),
    code: 'not-granted',
  });
});

/** The recorded answers have no run that ends, so the recipe waits for one that does not exist. */
test('the TypeScript recipe that waits for a run compiles, and passes the ids on unchanged', async () => {
  const page = readFileSync(join(installed, 'docs/services.md'), 'utf8');
  writeFileSync(join(folder, 'wait.ts'), /^```ts wait\.ts\n(.*?)^```$/ms.exec(page)![1]!);
  const options = '--noEmit --strict --module nodenext --target es2024 --types node';
  const compiled = await runInFolder(`'${ROOT}node_modules/.bin/tsc' ${options} wait.ts`);
  expect(compiled).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await runInFolder("node wait.ts fails_on_purpose 'a b/c+1?&=🚀'")).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'DAG fails_on_purpose has no run a b/c+1?&=🚀.\n',
  });
});

const linkCdk = () => {
  for (const name of ['aws-cdk-lib', 'constructs']) {
    const link = join(folder, 'node_modules', name);
    if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules', name), link);
  }
};

test('a CommonJS program can load the construct and the library, and the construct uses the CDK of the program', async () => {
  linkCdk();
  const text = `
const { App, Stack } = require('aws-cdk-lib');
const { AirflowCommands, MwaaCliProxy } = require('mwaa-cli-proxy');
const { MwaaCliProxyClient } = require('mwaa-cli-proxy/client');
const vpc = { id: 'vpc-1', subnets: ['subnet-1'], webServerSecurityGroup: 'sg-1' };
const stack = new Stack(new App(), 'Stack');
const proxy = new MwaaCliProxy(stack, 'Proxy', { environments: { prod: { airflow: '2.10.3', vpc, rest: true } }, deployments: { settings: { roles: ['arn:aws:iam::111122223333:role/deploy'] } }, grants: [] });
const commands = new AirflowCommands(stack, 'Settings', { proxy, onCreate: ['variables set a 1'] });
console.log(Stack.of(proxy.api) === stack, commands instanceof require('constructs').Construct, typeof MwaaCliProxyClient);
`;
  writeFileSync(join(folder, 'program.cjs'), text);
  for (const command of [`node ${NO_REQUIRE_ESM} program.cjs`, `'${findOldNode() ?? 'node'}' program.cjs`]) {
    expect(await runInFolder(command)).toMatchObject({ exitCode: 0, stdout: 'true true function\n' });
  }
});

test('the recipe of docs/deployments.md is an ES module that synthesizes as it stands, and its types compile', async () => {
  linkCdk();
  const page = readFileSync(join(installed, 'docs/deployments.md'), 'utf8');
  writeFileSync(join(folder, 'deployment.ts'), /^```ts app\.ts\n(.*?)^```$/ms.exec(page)![1]!);
  const out = join(folder, 'out-deployment');
  const variables = { PATH, HOME: folder, CDK_OUTDIR: out, CDK_CONTEXT_JSON: '{"serviceToken":"arn:x"}' };
  const result = await runShell('node deployment.ts', folder, variables);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  const { Resources } = JSON.parse(readFileSync(join(out, 'ReportingSettings.template.json'), 'utf8'));
  const resources = Object.values<{ Type: string; Properties: object }>(Resources);
  expect(resources.find(({ Type }) => Type === 'Custom::AirflowCommands')?.Properties).toMatchObject({
    ServiceToken: 'arn:x',
    ServiceTimeout: '1860',
    Values: { uri: { SecretsManager: 'reporting/warehouse', Key: 'uri' } },
  });
  const options = '--noEmit --strict --module nodenext --target es2024 --types node --skipLibCheck';
  const compiled = await runInFolder(`'${ROOT}node_modules/.bin/tsc' ${options} deployment.ts`);
  expect(compiled).toMatchObject({ exitCode: 0, stdout: '' });
});

test.runIf(RUNS_ALL)('TypeScript 5.9 accepts the type declarations in CommonJS and ES modules', async () => {
  linkCdk();
  const compiler = join(folder, 'typescript-5.9');
  mkdirSync(compiler);
  await runNpm(
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--prefix', compiler, 'typescript@5.9'],
    folder,
  );
  const text = `
import { MwaaCliProxy, type MwaaCliProxyProps } from 'mwaa-cli-proxy';
import { MwaaCliProxyClient, type RunOptions } from 'mwaa-cli-proxy/client';
export const options: RunOptions = {};
export const props: MwaaCliProxyProps['grants'] = [{ who: 'x', where: 'prod', may: ['@read'] }];
// @ts-expect-error A grant has no such member.
export const misspelled: MwaaCliProxyProps['grants'] = [{ who: 'x', where: 'prod', my: ['@read'] }];
export const classes = [MwaaCliProxy, MwaaCliProxyClient];
`;
  for (const extension of ['cts', 'mts']) writeFileSync(join(folder, `types.${extension}`), text);
  // Checking the declarations of aws-cdk-lib takes most of a minute: `npm run test:apps` does that.
  const options = '--noEmit --strict --target es2022 --module nodenext --types node --skipLibCheck';
  const tsc = `'${compiler}/node_modules/.bin/tsc' ${options} types.cts types.mts`;
  expect(await runInFolder(tsc)).toMatchObject({ exitCode: 0, stdout: '' });
});

test('the construct of the package synthesizes the same template and functions as the sources', async () => {
  linkCdk();
  const app = readFileSync(join(ROOT, 'examples/cdk-app.ts'), 'utf8');
  expect(app).toContain("'../lib/mwaa-cli-proxy.ts'");
  writeFileSync(join(folder, 'app.ts'), app.replace("'../lib/mwaa-cli-proxy.ts'", "'mwaa-cli-proxy'"));
  const synthesize = async (file: string, out: string) => {
    const result = await runShell(`node '${file}'`, folder, {
      PATH,
      HOME: folder,
      CDK_OUTDIR: out,
      CDK_CONTEXT_JSON: '{}',
    });
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).sort();
    const templates = names.filter((name) => name.endsWith('.template.json'));
    return { names, templates: templates.map((name) => readFileSync(join(out, name), 'utf8')) };
  };
  const fromPackage = await synthesize('app.ts', join(folder, 'out-package'));
  const fromSources = await synthesize(join(ROOT, 'examples/cdk-app.ts'), join(folder, 'out-sources'));
  expect(fromPackage.names).toEqual(fromSources.names);
  expect(fromPackage.templates).toEqual(fromSources.templates);
  const options = '--noEmit --strict --module nodenext --target es2024 --types node --skipLibCheck';
  expect(await runInFolder(`'${ROOT}node_modules/.bin/tsc' ${options} app.ts`)).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
});
