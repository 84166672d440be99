import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { ProcessCosts } from '../../bench/measure-process.ts';
import { measureStartup } from '../../bench/measure-startup.ts';
import { compareRounds, findMedian } from '../../bench/statistics.ts';
import { getPackedStart } from '../../bin/build/packed-data.ts';
import { buildPrograms } from '../../local/build-programs.ts';

/** Other programs on this machine can distort a measurement, so it is repeated. */
const ATTEMPTS = 5;

test('airflow version needs little more time than an empty Node process and curl', async () => {
  for (let attempt = 1; ; attempt++) {
    const { airflow, curl, empty } = await measureStartup(5);
    const getCpuMs = ({ cpuMs }: ProcessCosts) => cpuMs;
    const getWallMs = ({ wallMs }: ProcessCosts) => wallMs;
    const beyondCurl = compareRounds(airflow.map(getWallMs), curl.map(getWallMs), 'difference').median;
    const costs = {
      cpu: compareRounds(airflow.map(getCpuMs), empty.map(getCpuMs), 'ratio').median,
      beyondCurl: beyondCurl / findMedian(empty.map(getWallMs)),
    };
    // A program that only signs and sends one request needs about 1.8 times the CPU of an empty process. The limit is higher because other
    // programs disturb the measurement. If every call loaded the whole program, the ratio would be 3.
    if (attempt < ATTEMPTS && (costs.cpu >= 2.6 || costs.beyondCurl >= 10)) continue;
    expect(costs.cpu).toBeLessThan(2.6);
    expect(costs.beyondCurl).toBeLessThan(10);
    return;
  }
});

test.each([
  ['airflow', 45_000],
  ['mwaa', 70_000],
] as const)('the part of %s that every call loads has less than %i bytes', async (name, maxBytes) => {
  const program = readFileSync((await buildPrograms())(name), 'latin1');
  expect(program.lastIndexOf(getPackedStart('packages'))).toBeLessThan(maxBytes);
});

/** Parts of Node.js that a command does not need, and that a property such as `process.stdin` or `performance` loads. */
const UNNEEDED_MODULES = [
  'http',
  'fs/promises',
  'perf_hooks',
  'readline',
  'crypto/webcrypto',
  'undici',
  'tls/wrap',
  'zlib',
  'timers/promises',
];

test('airflow version loads only the parts of Node.js that it needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loaded-'));
  const server = createServer((_, response) =>
    response.end('{"outcome":"succeeded","answer":"2.10.3\\n","messages":[]}'),
  );
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const list = join(folder, 'loaded.txt');
  // Not in a module that is preloaded: with options of Node.js, its HTTP client sends the request.
  const report = `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join('\\n')));`;
  const program = join(folder, 'airflow.cjs');
  const built = readFileSync((await buildPrograms())('airflow'), 'utf8');
  writeFileSync(program, built.replace('\n', `\n${report}\n`));
  const env = {
    HOME: folder,
    MWAA_CLI_PROXY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    MWAA_ENVIRONMENT: 'prod',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'version'], { env });
  expect(stdout).toBe('2.10.3\n');
  const loaded = readFileSync(list, 'utf8').split('\n');
  expect(loaded).toContain('NativeModule net');
  expect(loaded.filter((name) => UNNEEDED_MODULES.some((part) => name.includes(part)))).toEqual([]);
});
