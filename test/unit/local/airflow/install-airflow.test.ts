import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAirflowEnvironment } from '../../../../local/airflow/create-airflow-environment.ts';
import { installAirflow } from '../../../../local/airflow/install-airflow.ts';
import { createInstallerEnvironment } from '../../../../local/airflow/run-process.ts';
import { withLock } from '../../../../local/airflow/with-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'install-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('installAirflow', () => {
  test('returns the reason if Python is missing, and leaves no files', async () => {
    vi.stubEnv('PATH', folder);
    vi.stubEnv('PYENV_ROOT', folder);
    vi.stubEnv('MWAA_CLI_PROXY_CACHE', join(folder, 'cache'));

    const result = await installAirflow('2.10.3');

    expect(result).toEqual({ unavailable: expect.stringContaining('Python') });
    expect(await readdir(join(folder, 'cache', 'airflow'))).toEqual([]);
  });

  test('throws for an unknown release and lists the known ones', async () => {
    await expect(installAirflow('2.3.4')).rejects.toThrow('Use one of: 1.10.12, 2.0.2');
  });

  test('passes proxies and package indexes to installers, but no credentials and no Python settings', () => {
    const environment = {
      HTTPS_PROXY: 'p',
      PIP_INDEX_URL: 'i',
      AWS_SECRET_ACCESS_KEY: 's',
      PYTHONPATH: 'x',
      AIRFLOW_HOME: 'h',
      VIRTUAL_ENV: 'v',
    };

    expect(createInstallerEnvironment(environment)).toEqual({
      HTTPS_PROXY: 'p',
      PIP_INDEX_URL: 'i',
      UV_DEFAULT_INDEX: 'i',
    });
  });
});

test.each(['2.10.3', '3.0.6'])("the environment of Airflow %s contains nothing from the developer's", (release) => {
  const installed = { release, venv: '/v', python: '/v/bin/python', airflow: '/v/bin/airflow' };
  const environment = createAirflowEnvironment(installed, { home: '/h', dags: '/d', fernetKey: 'k' });

  expect(Object.keys(environment).filter((name) => !/^(PATH|HOME|TZ|LANG|LC_ALL|AIRFLOW_.*)$/.test(name))).toEqual([]);
  expect(environment.PATH).toBe('/v/bin:/usr/local/bin:/usr/bin:/bin');
});

describe('a lock', () => {
  test('is held by one process at a time', async () => {
    const file = join(folder, 'x.lock');
    let running = 0;
    let peak = 0;
    const work = async () => {
      peak = Math.max(peak, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
    };

    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);

    expect(peak).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['whose process has exited', { pid: 2 ** 30, host: hostname(), id: 'x' }, 0],
    ['of another machine that has not been updated for a minute', { pid: 1, host: 'other-host', id: 'x' }, 60],
    ['that is malformed and has not been updated for a minute', 'half-writ', 60],
  ])('%s is taken over', async (_, owner, ageSeconds) => {
    const file = join(folder, 'y', 'x.lock');
    await mkdir(join(folder, 'y'));
    await writeFile(file, typeof owner === 'string' ? owner : JSON.stringify(owner));
    const updatedAt = new Date(Date.now() - ageSeconds * 1000);
    await utimes(file, updatedAt, updatedAt);

    await expect(withLock(file, async () => 'done')).resolves.toBe('done');
  });

  test('is released when the work fails', async () => {
    const file = join(folder, 'x.lock');

    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await readdir(folder)).toEqual([]);
  });
});
