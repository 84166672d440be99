import { join } from 'node:path';

/** The folder of the project. In the npm package it is `dist`, because the build bundles this module into `dist/lib/`. */
export const ROOT = join(import.meta.dirname, '..');
