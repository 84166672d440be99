import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `XDG_CONFIG_HOME` without a profiles file, so that tests do not read the profiles of the person who runs them. */
export const NO_PROFILES = mkdtempSync(join(tmpdir(), 'no-profiles-'));
