import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createShortDigest, getCacheFolder } from '../local/airflow/cache.ts';
import { getLastLine } from '../local/airflow/find-uv.ts';
import { runProcess } from '../local/airflow/run-process.ts';
import { withLock } from '../local/airflow/with-lock.ts';

/** The folder with `node_modules`, or the reason why the packages are unavailable. */
export type NodePackages = { readonly folder: string } | { readonly unavailable: string };

/**
 * Installs pinned npm packages for a test into the cache, so that they are no dependencies of the project. Reuses an earlier
 * installation.
 *
 * @param source a folder with a `package.json` and a `package-lock.json`
 */
export async function installNodePackages(name: string, source: string): Promise<NodePackages> {
  const lockFile = await readFile(join(source, 'package-lock.json'));
  const folder = join(getCacheFolder(), `${name}-${createShortDigest(lockFile)}`);
  // Written last: an installation without it was interrupted and is repeated.
  const marker = join(folder, 'installed');
  const isInstalled = () =>
    stat(marker).then(
      () => true,
      () => false,
    );
  if (await isInstalled()) return { folder };
  return withLock(`${folder}.lock`, async () => {
    if (await isInstalled()) return { folder };
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) await copyFile(join(source, file), join(folder, file));
    const { exitCode, stderr } = await runProcess('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
    });
    if (exitCode !== 0) return { unavailable: getLastLine(stderr) };
    await writeFile(marker, '');
    return { folder };
  });
}
