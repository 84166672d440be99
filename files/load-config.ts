import { readFileSync } from 'node:fs';
import { checkGrants } from '../config/check-grants.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { parseConfig } from '../config/parse-config.ts';

/** The configuration that is used where none is named. */
export const DEFAULT_CONFIG_FILE = 'config/example.yaml';

/** Reads and checks a configuration file. Throws `ConfigError`, also for a file that cannot be read. */
export function loadConfig(fileName: string): Config {
  let text: string;
  try {
    text = readFileSync(fileName, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
    throw new ConfigError(fileName, [{ line: 1, column: 1, path: '', message }], { cause });
  }
  return parseConfig(text, fileName, checkGrants);
}
