import { existsSync } from 'node:fs';
import { DEFAULT_CONFIG_FILE } from '../../files/load-config.ts';
import { UsageError } from '../terminal.ts';

/**
 * The configuration file that is read if the caller names none.
 *
 * @throws UsageError outside of a folder that has it
 */
export function findDefaultConfig(): string {
  if (existsSync(DEFAULT_CONFIG_FILE)) return DEFAULT_CONFIG_FILE;
  throw new UsageError(`This folder has no ${DEFAULT_CONFIG_FILE}. Name your configuration with --config FILE.`);
}
