import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from '../library/settings-error.ts';

/**
 * The value of a variable that tells a run of a pipeline from others. Without it, different runs would have the same key, and all but the
 * first would be lost.
 *
 * @throws SettingsError if it is missing
 */
export function requireVariable(variables: NodeJS.ProcessEnv, name: string, setting: string): string {
  const value = variables[name];
  if (value) return value;
  throw new SettingsError(`${name} is not set, so there is no idempotency key for this trigger. Set ${setting}.`);
}

/** The API accepts 255 characters of visible ASCII. Some are left for the number of a later key. */
const KEY = /^[\x21-\x7e]{1,250}$/;

/**
 * An idempotency key of several parts. A trigger that is sent again within the step has the same key.
 *
 * @param parts what tells this step from all others. The first one is the kind of the pipeline
 */
export function joinKey(parts: readonly (string | undefined)[]): string {
  // Encoded, so that no two lists of parts have the same key.
  const key = parts.map((part) => encodeURIComponent(part ?? '')).join('/');
  return KEY.test(key) ? key : `${parts[0]}/${hash(key)}`;
}

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * How many times this was called in the folder with this name, with this call. Two calls at the same time get different numbers.
 *
 * @param folder emptied for every job, or shared: then the name must tell the job from others
 */
export function countUse(folder: string, name: string): number {
  const prefix = join(folder, `.mwaa-cli-proxy-${hash(name).slice(0, 32)}`);
  for (let use = 1; ; use++) {
    try {
      writeFileSync(`${prefix}-${use}`, '', { flag: 'wx' });
      return use;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
