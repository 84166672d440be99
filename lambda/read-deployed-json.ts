import { readFileSync } from 'node:fs';

/** Reads a JSON file beside the running code. Works in the bundle only, where every module has the address of the bundle. */
export const readDeployedJson = (file: string) =>
  JSON.parse(readFileSync(new URL(`./${file}`, import.meta.url), 'utf8'));
