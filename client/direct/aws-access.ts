import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader';
import type { Credentials } from '../library/credentials.ts';
import { type MwaaAddress, SettingsFault, VARIABLES } from '../settings.ts';

/** What a client of the AWS SDK is given. */
export interface AwsAccess {
  readonly region: string;
  readonly credentials: Credentials;
}

/**
 * Credentials and region, before anything is asked: what is missing is told as such, and not as a service that cannot be reached.
 *
 * @throws SettingsFault; the `CredentialsProviderError` of the AWS SDK
 */
export async function awsAccess(address: MwaaAddress): Promise<AwsAccess> {
  const { credentials } = address;
  const region = await regionFor(address);
  return { region, credentials: typeof credentials === 'function' ? await credentials() : credentials };
}

/** @throws SettingsFault */
export async function regionFor({ region, profile }: Pick<MwaaAddress, 'region' | 'profile'>): Promise<string> {
  const found = region || (await regionOfProfile(profile));
  if (found) return found;
  throw new SettingsFault(`Set ${VARIABLES.region} to the region of the environment.`);
}

/** From AWS's own configuration, which a machine need not have. */
async function regionOfProfile(profile = 'default'): Promise<string | undefined> {
  const { configFile } = await loadSharedConfigFiles();
  return configFile[profile]?.region;
}
