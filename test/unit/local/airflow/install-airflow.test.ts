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

describe('installing', () => {
  test('gives the reason where there is no Python, and leaves nothing behind', async () => {
    vi.stubEnv('PATH', folder);
    vi.stubEnv('PYENV_ROOT', folder);
    vi.stubEnv('MWAA_CLI_PROXY_CACHE', join(folder, 'cache'));

    const result = await installAirflow('2.10.3');

    expect(result).toEqual({ unavailable: expect.stringContaining('Python') });
    expect(await readdir(join(folder, 'cache', 'airflow'))).toEqual([]);
  });

  test('knows the releases it can install', async () => {
    await expect(installAirflow('2.3.4')).rejects.toThrow('Releases: 1.10.12, 2.0.2');
  });

  test('keeps proxies and indexes, not credentials and not what steers Python', () => {
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

test.each(['2.10.3', '3.0.6'])("Airflow %s's environment holds nothing of the developer's", (release) => {
  const installed = { release, venv: '/v', python: '/v/bin/python', airflow: '/v/bin/airflow' };
  const environment = createAirflowEnvironment(installed, { home: '/h', dags: '/d', fernetKey: 'k' });

  expect(Object.keys(environment).filter((name) => !/^(PATH|HOME|TZ|LANG|LC_ALL|AIRFLOW_.*)$/.test(name))).toEqual([]);
  expect(environment.PATH).toBe('/v/bin:/usr/local/bin:/usr/bin:/bin');
});

describe('a lock', () => {
  test('lets one in at a time, and the next when it is done', async () => {
    const file = join(folder, 'x.lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((later) => setTimeout(later, 20));
      inside--;
    };

    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);

    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['whose process is gone', { pid: 2 ** 30, host: hostname(), id: 'x' }, 0],
    ['of another machine that has been silent', { pid: 1, host: 'elsewhere', id: 'x' }, 60],
    ['that is unreadable and old', 'half-writ', 60],
  ])('%s is taken over', async (_, owner, ageSeconds) => {
    const file = join(folder, 'y', 'x.lock');
    await mkdir(join(folder, 'y'));
    await writeFile(file, typeof owner === 'string' ? owner : JSON.stringify(owner));
    const then = new Date(Date.now() - ageSeconds * 1000);
    await utimes(file, then, then);

    await expect(withLock(file, async () => 'done')).resolves.toBe('done');
  });

  test('is given back when the work fails', async () => {
    const file = join(folder, 'x.lock');

    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await readdir(folder)).toEqual([]);
  });
});
