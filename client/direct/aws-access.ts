import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader';
import type { Credentials } from '../library/credentials.ts';
import { type MwaaAddress, SETTING_VARIABLES, SettingsError } from '../settings.ts';

/** What a client of the AWS SDK is given. */
export interface AwsAccess {
  readonly region: string;
  readonly credentials: Credentials;
}

/**
 * Credentials and region, before anything is asked: what is missing is told as such, and not as a service that cannot be reached.
 *
 * @throws SettingsError; the `CredentialsProviderError` of the AWS SDK
 */
export async function resolveAwsAccess(address: MwaaAddress): Promise<AwsAccess> {
  const { credentials } = address;
  const region = await resolveRegion(address);
  return { region, credentials: typeof credentials === 'function' ? await credentials() : credentials };
}

/** @throws SettingsError */
export async function resolveRegion({ region, profile }: Pick<MwaaAddress, 'region' | 'profile'>): Promise<string> {
  const found = region || (await readProfileRegion(profile));
  if (found) return found;
  throw new SettingsError(`Set ${SETTING_VARIABLES.region} to the region of the environment.`);
}

/** From AWS's own configuration, which a machine need not have. */
async function readProfileRegion(profile = 'default'): Promise<string | undefined> {
  const { configFile } = await loadSharedConfigFiles();
  return configFile[profile]?.region;
}
