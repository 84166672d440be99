import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;

/**
 * Runs `work` while no other process does so under the same lock file. A lock whose process is gone (same machine), or
 * that has not been touched for half a minute, is taken over. It spares work, it does not guard it: what `work` makes
 * must be right even if two ran at once, so build under a name of your own and rename.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  for (let waited = false; !(await acquireLock(file, mine)); waited = true) {
    if (!waited) onWait?.();
    await removeIfStale(file);
    await sleep(200);
  }
  const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readLockContent(file)) === mine) await rm(file, { force: true });
  }
}

async function acquireLock(file: string, mine: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(mine);
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfStale(file: string): Promise<void> {
  const owner = await readLockContent(file);
  const touched = await stat(file).catch(() => undefined);
  if (owner === undefined || !touched) return;
  if (!isOwnerGone(owner) && Date.now() - touched.mtimeMs < STALE_MS) return;
  // Renamed before it is removed: of several that find it stale, one gets it.
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => {});
  await rm(aside, { force: true });
}

function isOwnerGone(owner: string): boolean {
  try {
    const { pid, host } = JSON.parse(owner) as { pid: number; host: string };
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function readLockContent(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
