/** Synthesizes a configuration in a thread, for `synthesize-in-thread.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../config/config-types.ts';
import { synthesize } from '../lib/synthesize.ts';

const { config, outdir } = workerData as { config: Config; outdir: string };
parentPort?.postMessage(synthesize({ config, outdir }).directory);
