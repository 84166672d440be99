import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { synthesize } from '../../lib/synthesize.ts';
import { parseTestConfig } from '../fixtures/parse-test-config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('cdk diff shows a changed grant as a changed rule, and no change of the API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'diff-'));
  const text = readFileSync(join(ROOT, 'config/example.yaml'), 'utf8');
  const changed = join(folder, 'changed.yaml');
  writeFileSync(changed, text.replace('- dags pause *', '- dags pause reporting_*'));
  const { directory } = synthesize({ config: parseTestConfig(text), outdir: join(folder, 'before') });

  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      'node_modules/aws-cdk/bin/cdk',
      'diff',
      '-c',
      `config=${changed}`,
      '--no-color',
      '--output',
      join(folder, 'after'),
      '--template',
      join(directory, 'MwaaCliProxy.template.json'),
    ],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: folder } },
  );
  const output = `${stdout}${stderr}`;

  expect(output).toMatch(/\[~\] AWS::CloudFormation::Stack Proxy\/Environment-analytics-prod/);
  expect(output).toMatch(/\[-\] +"arn:aws:iam::111122223333:role\/data-engineer may: dags pause \*"/);
  expect(output).toMatch(/\[\+\] +"arn:aws:iam::111122223333:role\/data-engineer may: dags pause reporting_\*"/);
  expect(output).not.toMatch(/ApiGateway/);
});
