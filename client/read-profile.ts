import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from './library/settings-error.ts';
import { PROFILE_VARIABLES, SETTING_VARIABLES, type SettingName } from './setting-variables.ts';

/** One profile of the profiles file (`docs/shell.md`). */
export type Profile = { readonly [name in SettingName]?: string };

/**
 * Reads the profile that `MWAA_CLI_PROXY_PROFILE` selects, or the default profile of the file. Returns an empty profile if there is no file
 * or no default profile.
 *
 * @throws SettingsError
 */
export async function readProfile(environment: NodeJS.ProcessEnv): Promise<Profile> {
  const configFolder =
    environment.XDG_CONFIG_HOME || join(environment.HOME || process.getBuiltinModule('node:os').homedir(), '.config');
  const file = environment[PROFILE_VARIABLES.file] || join(configFolder, 'mwaa-cli-proxy', 'profiles.yaml');
  const selected = environment[PROFILE_VARIABLES.profile];
  if (!existsSync(file)) {
    if (selected) {
      throw new SettingsError(
        `${PROFILE_VARIABLES.profile} is ${selected}, but ${file} does not exist. Create the file, or unset ${PROFILE_VARIABLES.profile}.`,
      );
    }
    return {};
  }
  const content = await readYamlMapping(file);
  const profiles = isMapping(content.profiles) ? content.profiles : {};
  const name = selected ?? content.default;
  if (name === undefined) return {};
  const profile = typeof name === 'string' && Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (!isMapping(profile)) {
    const available = Object.keys(profiles).join(', ') || 'none';
    throw new SettingsError(`${file} has no profile ${String(name)}. Available profiles: ${available}.`);
  }
  validateProfile(file, name as string, profile);
  return profile as Profile;
}

async function readYamlMapping(file: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    throw new SettingsError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!isMapping(content)) throw new SettingsError(`${file} must be a YAML mapping with the key "profiles".`);
  return content;
}

function validateProfile(file: string, name: string, profile: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(profile)) {
    if (!Object.hasOwn(SETTING_VARIABLES, key)) {
      throw new SettingsError(
        `${file}: profile ${name} has the unknown key ${key}. Known keys: ${Object.keys(SETTING_VARIABLES).join(', ')}.`,
      );
    }
    if (typeof value !== 'string')
      throw new SettingsError(`${file}: ${key} of profile ${name} must be a string. Put the value in quotes.`);
  }
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
