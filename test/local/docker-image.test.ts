import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SETTING_VARIABLES } from '../../client/settings.ts';
import { createCredentialVariables } from '../../local/call-instructions.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { runShell } from './run-shell.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

/**
 * There is no Docker here. The Dockerfile is played: what `.dockerignore` lets in is built as the first stage says, what the second
 * one takes from it is laid where it says, and the script of `docs/shell.md` finds a `docker` that runs it from there.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readProjectFile = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'image-'));
const context = join(folder, 'context');
const image = join(folder, 'image');
const home = join(folder, 'home');
const bin = join(folder, 'bin');
let stack: LocalStack;

/** The instructions of each stage, each with its words. */
const stages = `\n${readProjectFile('Dockerfile')}`
  .split(/\n(?=FROM )/)
  .slice(1)
  .map((stage) =>
    stage
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.split(' ') as [instruction: string, ...words: string[]]),
  );
const [building = [], final = []] = stages;
const listInstructionTokens = (stage: typeof final, instruction: string) =>
  stage.filter(([one]) => one === instruction).map(([, ...words]) => words);
const [[entryPoint]]: [[string]] = JSON.parse(`[${listInstructionTokens(final, 'ENTRYPOINT')[0]?.join(' ')}]`);

/** Let in by `.dockerignore`, which begins by letting nothing in. */
const letIn = readProjectFile('.dockerignore')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

const script = /```sh\n(#!\/bin\/sh\nexec docker run[\s\S]*?)```/.exec(readProjectFile('docs/shell.md'))?.[1] ?? '';

/** Runs the image's program with the variables that are passed and no others, in the folder that is mounted to work in. */
const DOCKER = `#!/usr/bin/env node
const { spawnSync } = require('node:child_process');
const words = process.argv.slice(3);
const values = { '-e': [], '-v': [], '--user': [] };
while (words[0].startsWith('-')) {
  const option = words.shift();
  if (values[option]) values[option].push(words.shift());
}
const mounts = Object.fromEntries(values['-v'].map((mount) => mount.split(':').slice(0, 2).reverse()));
const passed = values['-e'].filter((name) => name in process.env).map((name) => [name, process.env[name]]);
const env = { ...Object.fromEntries(passed), HOME: mounts['/home/.aws'].replace(/\\/\\.aws$/, ''), PATH: ${JSON.stringify(dirname(process.execPath))} };
const file = ${JSON.stringify(`${image}/usr/local/bin/${entryPoint}`)};
process.exitCode = spawnSync(process.execPath, [file, ...words.slice(1)], { cwd: mounts['/work'], env, stdio: 'inherit' }).status;
`;

beforeAll(async () => {
  for (const name of letIn) cpSync(join(ROOT, name), join(context, name), { recursive: true });
  // In the place of npm ci.
  symlinkSync(join(ROOT, 'node_modules'), join(context, 'node_modules'));
  const [build] = listInstructionTokens(building, 'RUN').filter(([, verb]) => verb !== 'ci');
  execFileSync('sh', ['-c', build!.join(' ')], { cwd: context, stdio: ['ignore', 'inherit', 'inherit'] });

  const [[workFolder] = ['']] = listInstructionTokens(building, 'WORKDIR');
  for (const [from, source, target] of listInstructionTokens(final, 'COPY')) {
    expect(from).toBe('--from=build');
    mkdirSync(join(image, dirname(target!)), { recursive: true });
    copyFileSync(source!.replace(workFolder!, context), join(image, target!));
  }
  for (const one of [bin, join(home, '.aws')]) mkdirSync(one, { recursive: true });
  for (const [name, text] of [
    ['docker', DOCKER],
    ['airflow', script],
  ] as const) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  stack = await startSmallStack(createConfig('endpoint: regional, callers: { accounts: ["111122223333"] }'));
});
afterAll(async () => {
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

const runImage = (line: string, variables: Record<string, string>, cwd = folder) =>
  runShell(line, cwd, {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    MWAA_CLI_PROXY_URL: stack.url,
    MWAA_ENVIRONMENT: 'prod',
    AWS_REGION: stack.region,
    ...variables,
  });
const createCredentials = () => createCredentialVariables(stack.createCaller('team', 'image'));

test('the image is of a small base, without root, and begins with the program', () => {
  expect(final[0]).toEqual(['FROM', 'node:24-slim']);
  expect(listInstructionTokens(final, 'USER')).toEqual([['node']]);
  const program = statSync(join(image, 'usr/local/bin', entryPoint));
  expect(program.mode & 0o555).toBe(0o555);
  expect(program.size).toBeLessThan(400 * 1024);
});

test('the script passes each setting by its name, and mounts nothing that may be written', () => {
  const words = script.split(/\s+/);
  const after = (option: string) => words.flatMap((word, index) => (word === option ? [words[index + 1]!] : []));
  // A file and a command for tokens are of the machine, and not of the image.
  const { tokenFile, tokenCommand, ...settings } = SETTING_VARIABLES;
  expect(after('-e')).toEqual(expect.arrayContaining(Object.values(settings)));
  expect(after('-e').filter((name) => !/^[A-Z_]+$/.test(name))).toEqual([]);
  expect(after('-v').filter((mount) => !mount.endsWith(':ro"'))).toEqual([]);
});

test('it runs commands with keys of the variables', async () => {
  expect(await runImage('airflow version', createCredentials())).toMatchObject({ exitCode: 0, stdout: '2.10.3\n' });
});

test('it runs commands with a profile of the machine', async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = createCredentials();
  const lines = [
    '[data]',
    `aws_access_key_id = ${AWS_ACCESS_KEY_ID}`,
    `aws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}`,
    `aws_session_token = ${AWS_SESSION_TOKEN}`,
  ];
  writeFileSync(join(home, '.aws/credentials'), lines.join('\n'));
  expect(await runImage('airflow version', { AWS_PROFILE: 'data' })).toMatchObject({ exitCode: 0, stdout: '2.10.3\n' });
});

test('words stay whole, and files of the folder are read', async () => {
  const work = join(folder, 'a folder');
  mkdirSync(work);
  writeFileSync(join(work, 'my variables.json'), '{"answer": 42}');
  // What is refused was read before.
  expect(await runImage('airflow variables import "my variables.json"', createCredentials(), work)).toMatchObject({
    exitCode: 77,
    stderr: expect.stringMatching(/answer.*not granted/i),
  });
});
