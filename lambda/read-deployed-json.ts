import { readFileSync } from 'node:fs';

/** Reads a JSON file next to the running code. Works only in the bundle, where every module has the URL of the bundle. */
export const readDeployedJson = (file: string) =>
  JSON.parse(readFileSync(new URL(`./${file}`, import.meta.url), 'utf8'));
