/**
 * Builds the Python package and publishes it to PyPI: `npm run python-publish`. With `-- --dry-run`, nothing is uploaded. The version must
 * be that of `package.json`. All other arguments are passed on to `uv publish`, which says how to authenticate. In GitHub Actions, it
 * needs no secret.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCacheFolder } from '../../local/airflow/cache.ts';
import { findAnyPython } from '../../local/airflow/find-python.ts';
import { findUv } from '../../local/airflow/find-uv.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { buildPackage } from './build-package.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const checks = await installPythonPackages('python-checks');
if ('unavailable' in checks) throw new Error(checks.unavailable);
const uv = await findUv(getCacheFolder(), await findAnyPython(), console.error);
if (typeof uv !== 'string') throw new Error(uv.unavailable);

const dist = mkdtempSync(join(tmpdir(), 'python-dist-'));
try {
  const files = await buildPackage(join(checks.bin, 'hatchling'), dist);
  if (!files.every((file) => file.startsWith(`mwaa_cli_proxy-${version}`)))
    throw new Error(
      `${files.join(', ')} is not version ${version} of package.json. Change python/src/mwaa_cli_proxy/_version.py.`,
    );
  const args = ['publish', ...process.argv.slice(2), ...files.map((file) => join(dist, file))];
  process.exitCode = spawnSync(uv, args, { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(dist, { recursive: true });
}
