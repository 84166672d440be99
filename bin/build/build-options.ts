import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

/** The root of the repository, with a trailing slash. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of the built package. */
export const DIST = `${ROOT}dist`;

export const COMMON_BUILD_OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
} satisfies BuildOptions;
