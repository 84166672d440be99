import { join } from 'node:path';
import { PROJECT_FOLDER } from './airflow/cache.ts';

/** The folder of what runs on this machine. */
export const LOCAL_FOLDER = join(PROJECT_FOLDER, '.cache', 'local');

/** Whether a process with this id exists on this machine. */
export function isProcessRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
