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
import { SETTING_VARIABLES } from '../../client/setting-variables.ts';
import { createCredentialVariables } from '../../local/call-instructions.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { runShell } from './run-shell.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

/**
 * These tests need no Docker: they follow the Dockerfile on this machine. They copy the files that `.dockerignore` includes, run the build
 * of the first stage, and copy its results to the folder of the image as the second stage does. The script of `docs/shell.md` then finds
 * a fake `docker` on the PATH, which runs the program from that folder.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readProjectFile = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'image-'));
const context = join(folder, 'context');
const image = join(folder, 'image');
const home = join(folder, 'home');
const bin = join(folder, 'bin');
let stack: LocalStack;

/** The instructions of each stage, each split into words. */
const stages = `\n${readProjectFile('Dockerfile')}`
  .split(/\n(?=FROM )/)
  .slice(1)
  .map((stage) =>
    stage
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.split(' ') as [instruction: string, ...words: string[]]),
  );
const [buildStage = [], finalStage = []] = stages;
const listArguments = (stage: typeof finalStage, instruction: string) =>
  stage.filter(([name]) => name === instruction).map(([, ...words]) => words);
const [[entryPoint]]: [[string]] = JSON.parse(`[${listArguments(finalStage, 'ENTRYPOINT')[0]?.join(' ')}]`);

/** The paths that `.dockerignore` includes. It excludes everything else. */
const includedPaths = readProjectFile('.dockerignore')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

const script = /```sh\n(#!\/bin\/sh\nexec docker run[\s\S]*?)```/.exec(readProjectFile('docs/shell.md'))?.[1] ?? '';

/** A fake `docker run`: runs the program of the image with only the variables that are passed, in the folder that is mounted at /work. */
const FAKE_DOCKER = `#!/usr/bin/env node
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
  for (const name of includedPaths) cpSync(join(ROOT, name), join(context, name), { recursive: true });
  // Replaces npm ci.
  symlinkSync(join(ROOT, 'node_modules'), join(context, 'node_modules'));
  const [build] = listArguments(buildStage, 'RUN').filter(([, verb]) => verb !== 'ci');
  execFileSync('sh', ['-c', build!.join(' ')], { cwd: context, stdio: ['ignore', 'inherit', 'inherit'] });

  const [[workFolder] = ['']] = listArguments(buildStage, 'WORKDIR');
  for (const [from, source, target] of listArguments(finalStage, 'COPY')) {
    expect(from).toBe('--from=build');
    mkdirSync(join(image, dirname(target!)), { recursive: true });
    copyFileSync(source!.replace(workFolder!, context), join(image, target!));
  }
  for (const path of [bin, join(home, '.aws')]) mkdirSync(path, { recursive: true });
  for (const [name, text] of [
    ['docker', FAKE_DOCKER],
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

test('the image has a slim base, runs as the user node, and has the airflow program as its entry point', () => {
  expect(finalStage[0]).toEqual(['FROM', 'node:24-slim']);
  expect(listArguments(finalStage, 'USER')).toEqual([['node']]);
  const program = statSync(join(image, 'usr/local/bin', entryPoint));
  expect(program.mode & 0o555).toBe(0o555);
  expect(program.size).toBeLessThan(400 * 1024);
});

test('the docker script passes every setting as a variable, and mounts folders read-only', () => {
  const words = script.split(/\s+/);
  const listValues = (option: string) => words.flatMap((word, index) => (word === option ? [words[index + 1]!] : []));
  // The file and the command for tokens are on the machine, where the image cannot use them.
  const { tokenFile, tokenCommand, ...settings } = SETTING_VARIABLES;
  expect(listValues('-e')).toEqual(expect.arrayContaining(Object.values(settings)));
  expect(listValues('-e').filter((name) => !/^[A-Z_]+$/.test(name))).toEqual([]);
  expect(listValues('-v').filter((mount) => !mount.endsWith(':ro"'))).toEqual([]);
});

test('the image runs commands with credentials from environment variables', async () => {
  expect(await runImage('airflow version', createCredentials())).toMatchObject({ exitCode: 0, stdout: '2.10.3\n' });
});

test('the image runs commands with an AWS profile of the machine', async () => {
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

test('the image keeps arguments with spaces intact, and reads files of the working folder', async () => {
  const work = join(folder, 'a folder');
  mkdirSync(work);
  writeFileSync(join(work, 'my variables.json'), '{"answer": 42}');
  // The client reads the file before it sends a request, so the rejection names a variable of the file.
  expect(await runImage('airflow variables import "my variables.json"', createCredentials(), work)).toMatchObject({
    exitCode: 77,
    stderr: expect.stringMatching(/answer.*not granted/i),
  });
});
