import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { parseConfig } from '../config/parse-config.ts';
import { CATALOGS } from './catalogs.ts';

/** The configuration file that programs read by default. */
export const DEFAULT_CONFIG_FILE = 'config/example.yaml';

/** Reads and checks a configuration file. Throws `ConfigError` if it is invalid or cannot be read. */
export function loadConfig(fileName: string): Config {
  let text: string;
  try {
    text = readFileSync(fileName, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? 'the file does not exist' : `the file cannot be read (${code})`;
    throw new ConfigError(fileName, [{ line: 1, column: 1, path: '', message }], { cause });
  }
  return parseConfig(text, fileName, CATALOGS);
}
