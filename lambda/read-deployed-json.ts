import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads a JSON file next to the running code. Works only in the bundle, where every module is in the folder of the bundle. */
export const readDeployedJson = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
