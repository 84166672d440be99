import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program without AWS credentials. */
const runProgram = (program: string, args: string[], variables: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...variables },
  });
  return { status, stdout, stderr };
};

const folder = mkdtempSync(join(tmpdir(), 'entry-points-'));
const invalidConfigFile = join(folder, 'invalid.yaml');
writeFileSync(invalidConfigFile, 'region: nowhere\nenvironments: {}\n');
const EXPECTED_ERRORS = [
  `${invalidConfigFile}:1:9  region  expected a region like ap-southeast-2`,
  `${invalidConfigFile}:2:1  environments  list at least one environment`,
  '',
].join('\n');

test('npm run synth and the CDK app write the same template', () => {
  const [synthFolder, appFolder] = [join(folder, 'synth'), join(folder, 'app')];
  const readTemplate = (output: string) => readFileSync(join(output, 'MwaaCliProxy.template.json'), 'utf8');

  const synth = runProgram('bin/synth.ts', ['--config', 'config/example.yaml', '--output', synthFolder]);
  const app = runProgram('bin/app.ts', [], { CDK_OUTDIR: appFolder });

  expect([synth.status, app.status]).toEqual([0, 0]);
  expect(synth.stdout.trimEnd().split('\n')).toEqual([
    `Template      ${join(synthFolder, 'MwaaCliProxy.template.json')}`,
    'Environments  analytics-next (Airflow 3.3.1, REST API), analytics-prod (Airflow 2.10.3)',
    'Airflow role  of analytics-next: Op, which "@read" of the grant on line 40 needs for GET /plugins',
    'Grants        2 in config/example.yaml, with 18 active rules (counted per environment)',
  ]);
  expect(readTemplate(appFolder)).toBe(readTemplate(synthFolder));
});

test('npm run synth and the CDK app list all errors in a configuration, without a stack trace', () => {
  const context = { CDK_CONTEXT_JSON: JSON.stringify({ config: invalidConfigFile }) };

  expect(runProgram('bin/synth.ts', ['--config', invalidConfigFile])).toEqual({
    status: 1,
    stdout: '',
    stderr: EXPECTED_ERRORS,
  });
  expect(runProgram('bin/app.ts', [], context)).toEqual({ status: 1, stdout: '', stderr: EXPECTED_ERRORS });
});

test('npm run synth reports a missing file, and an unknown option with its usage', () => {
  expect(runProgram('bin/synth.ts', ['--config', 'nowhere.yaml'])).toMatchObject({
    status: 1,
    stderr: 'nowhere.yaml:1:1  the file does not exist\n',
  });
  expect(runProgram('bin/synth.ts', ['--confg', 'x'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Usage:'),
  });
});

test('cdk.json runs the app with Node.js 24 of the packages, and says what to do if they are not installed', () => {
  const { app } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const [node, launcher, ...args] = app.split(' ');
  expect(node).toBe('node');
  expect(launcher).toMatch(/\.mjs$/);

  mkdirSync(join(folder, 'checkout/bin'), { recursive: true });
  const copy = join(folder, 'checkout', launcher);
  copyFileSync(join(ROOT, launcher), copy);

  expect(runProgram(launcher, ['--version'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^v24\./),
  });
  expect(runProgram(copy, args)).toEqual({
    status: 1,
    stdout: '',
    stderr: `The packages of ${join(folder, 'checkout/')} are not installed. Run there: npm ci\n`,
  });
});
