import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SETTING_VARIABLES } from '../../../client/setting-variables.ts';
import { createClientVariables, formatCallInstructions } from '../../../local/call-instructions.ts';
import { fitWidth } from '../../../local/fit-width.ts';
import { formatShellEnvironment, installPrograms, loadCredentials } from '../../../local/shell-environment.ts';

const folder = mkdtempSync(join(tmpdir(), "it's "));
afterAll(() => rmSync(folder, { recursive: true }));

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: "b'$", sessionToken: 'c' };
const VARIABLES = createClientVariables('http://127.0.0.1:8642/v1', 'ap-southeast-2', 'prod', CREDENTIALS);

test.each(['sh', 'bash'])(
  '%s sources the file twice, and finds the programs first on the PATH, once',
  async (shell) => {
    const built = mkdtempSync(join(folder, 'built-'));
    for (const name of ['airflow', 'mwaa']) writeFileSync(join(built, `${name}.cjs`), `console.log("our ${name}")`);
    const bin = await installPrograms(built, folder);
    const file = join(folder, 'env.sh');
    writeFileSync(file, formatShellEnvironment(VARIABLES, bin));
    const script = `. "$1"; . "$1"; airflow; mwaa; echo "$PATH"; echo "$AWS_SECRET_ACCESS_KEY"; echo "\${AWS_PROFILE-none}"`;
    const env = { PATH: '/usr/bin:/bin', AWS_PROFILE: 'mine' };
    expect(
      execFileSync(shell, ['-ec', script, 'x', file], {
        cwd: tmpdir(),
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      }).toString(),
    ).toBe(`our airflow\nour mwaa\n${bin}:/usr/bin:/bin\nb'$\nnone\n`);
  },
);

test('the file sets or unsets every setting of the clients, except how long they wait', () => {
  const text = formatShellEnvironment(VARIABLES, '/bin');
  const { waitSeconds: _, ...variables } = SETTING_VARIABLES;
  expect(Object.values(variables).filter((name) => !text.includes(name))).toEqual([]);
});

test('credentials stay the same, are private, and are created again if the file is damaged', async () => {
  const first = await loadCredentials(folder);
  const file = join(folder, 'credentials.json');
  expect(await loadCredentials(folder)).toEqual(first);
  expect(statSync(file).mode & 0o077).toBe(0);
  writeFileSync(file, '{');
  expect(await loadCredentials(folder)).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) });
});

test.each([
  ['3.3.1', '/api/v2/dags?limit=5'],
  ['2.10.3', '/api/v1/dags?limit=5'],
])('the instructions for %s with the REST API have a request for it', (airflow, path) => {
  const show = (rest: boolean) => formatCallInstructions('env.sh', [{ name: 'prod', airflow, rest }]);
  expect(show(true)).toContain(path);
  expect(show(true)).toContain(`Airflow ${airflow}, REST API`);
  expect(show(false)).not.toContain('REST API');
});

test.each([
  ['3.0.6', true],
  ['3.1.8', true],
  ['3.2.1', false],
])('the instructions for %s warn that airflowctl cannot read every answer: %s', (airflow, expected) => {
  const text = formatCallInstructions('env.sh', [{ name: 'prod', airflow, rest: true }], true);
  expect(text).toContain('airflowctl dags list');
  expect(text.includes(`On ${airflow}, a command`)).toBe(expected);
});

test.each([
  [1, undefined],
  [2, 'To use the other one: export MWAA_ENVIRONMENT=e1'],
  [3, 'To use another one: export MWAA_ENVIRONMENT=e1'],
])('of %i environments, the instructions name another one', (count, hint) => {
  const environments = Array.from({ length: count }, (_, index) => ({ name: `e${index}`, airflow: '3.3.1' }));
  const lines = formatCallInstructions('env.sh', environments).split('\n');
  expect(lines.find((line) => line.startsWith('To use'))).toBe(hint);
});

test.each(['3.3.1', '3.0.6'])('the instructions for %s fit on 80 columns', (airflow) => {
  const environments = [
    { name: 'analytics-next', airflow, rest: true },
    { name: 'analytics-prod', airflow: '2.10.3', remark: 'starts with its first request' },
  ];
  const text = formatCallInstructions('.cache/local/env.sh', environments, true);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.each([
  ['short', 'short'],
  [
    `  ${'word '.repeat(20)}`,
    `  ${'word '.repeat(14)}word
      word word word word word `,
  ],
  ['x'.repeat(100), `${'x'.repeat(80)}\n    ${'x'.repeat(20)}`],
  ['ü'.repeat(80), 'ü'.repeat(80)],
])('fitWidth breaks %j', (text, expected) => {
  expect(fitWidth(text)).toBe(expected);
});
