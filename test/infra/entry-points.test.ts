import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program of ours as a person does, without AWS credentials and where no network could help. */
const runProgram = (program: string, args: string[], variables: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...variables },
  });
  return { status, stdout, stderr };
};

const folder = mkdtempSync(join(tmpdir(), 'entry-points-'));
const invalidConfigFile = join(folder, 'faulty.yaml');
writeFileSync(invalidConfigFile, 'region: nowhere\nenvironments: {}\n');
const EXPECTED_ERRORS = [
  `${invalidConfigFile}:1:9  region  expected a region like ap-southeast-2`,
  `${invalidConfigFile}:2:1  environments  give at least one environment`,
  '',
].join('\n');

test('npm run synth writes the template and says where, and the CDK app writes the same', () => {
  const [own, cli] = [join(folder, 'own'), join(folder, 'cli')];
  const template = (from: string) => readFileSync(join(from, 'MwaaCliProxy.template.json'), 'utf8');

  const synth = runProgram('bin/synth.ts', ['--config', 'config/example.yaml', '--output', own]);
  const app = runProgram('bin/app.ts', [], { CDK_OUTDIR: cli });

  expect([synth.status, app.status]).toEqual([0, 0]);
  expect(synth.stdout.trimEnd().split('\n')).toEqual([
    `Template      ${join(own, 'MwaaCliProxy.template.json')}`,
    'Environments  analytics-prod (Airflow 2.10.3), analytics-next (Airflow 3.0.6)',
    expect.stringMatching(/^Grants {8}\d+ in force, from \d+ in config\/example\.yaml$/),
  ]);
  expect(template(cli)).toBe(template(own));
});

test('both list every fault of a configuration, without a stack trace', () => {
  const context = { CDK_CONTEXT_JSON: JSON.stringify({ config: invalidConfigFile }) };

  expect(runProgram('bin/synth.ts', ['--config', invalidConfigFile])).toEqual({
    status: 1,
    stdout: '',
    stderr: EXPECTED_ERRORS,
  });
  expect(runProgram('bin/app.ts', [], context)).toEqual({ status: 1, stdout: '', stderr: EXPECTED_ERRORS });
});

test('a file that is not there is a fault, and an option that is not there is a usage error', () => {
  expect(runProgram('bin/synth.ts', ['--config', 'nowhere.yaml'])).toMatchObject({
    status: 1,
    stderr: 'nowhere.yaml:1:1  there is no such file\n',
  });
  expect(runProgram('bin/synth.ts', ['--confg', 'x'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Usage:'),
  });
});
