import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/config-types.ts';

/**
 * Like `synthesize`, but in a thread, so that this thread still receives signals and can start Airflow at the same time. What the CDK
 * prints is discarded, unless it fails.
 *
 * @returns the folder of the cloud assembly
 */
export async function synthesizeInThread(config: Config, outdir: string, signal?: AbortSignal): Promise<string> {
  const worker = new Worker(new URL('./synthesize-worker.ts', import.meta.url), {
    workerData: { config, outdir },
    stdout: true,
    stderr: true,
  });
  let printed = '';
  worker.stderr.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  try {
    const [directory] = await once(worker, 'message', { signal });
    return directory;
  } catch (error) {
    if (!signal?.aborted) process.stderr.write(printed);
    throw error;
  } finally {
    await worker.terminate();
  }
}
