import { readFileSync } from 'node:fs';
import { checkGrants } from './check-grants.ts';
import { parseConfig } from './config.ts';
import { ConfigFault } from './config-fault.ts';
import type { Config } from './config-types.ts';

/** The configuration that is used where none is named. */
export const DEFAULT_CONFIG = 'config/example.yaml';

/** Reads and checks a configuration file. Throws `ConfigFault`, also for a file that cannot be read. */
export function loadConfig(fileName: string): Config {
  let text: string;
  try {
    text = readFileSync(fileName, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
    throw new ConfigFault(fileName, [{ line: 1, column: 1, path: '', message }], { cause });
  }
  return parseConfig(text, fileName, checkGrants);
}
