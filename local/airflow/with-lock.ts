import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;

/**
 * Runs `work` while no other process holds the lock file. Takes over a lock whose process has exited (on this machine), or that has not been
 * updated for 30 seconds. The lock avoids duplicate work but does not guarantee exclusion: `work` must be correct even if two processes run
 * it at the same time, for example by creating a folder under a unique name and renaming it. An abort of the signal ends the waiting.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait?: () => void,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const content = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  for (let isWaiting = false; !(await acquireLock(file, content)); isWaiting = true) {
    if (!isWaiting) onWait?.();
    await removeIfStale(file);
    await sleep(200, undefined, { signal });
  }
  const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readLockContent(file)) === content) await rm(file, { force: true });
  }
}

async function acquireLock(file: string, content: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(content);
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
  // Renamed before it is removed, so that only one of several processes removes it.
  const staleFile = `${file}.${randomUUID()}`;
  await rename(file, staleFile).catch(() => {});
  await rm(staleFile, { force: true });
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
