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
export async function awsAccess({ region, profile, credentials }: MwaaAddress): Promise<AwsAccess> {
  const found = region || (await regionOfProfile(profile));
  if (!found) throw new SettingsFault(`Set ${VARIABLES.region} to the region of the environment.`);
  return { region: found, credentials: typeof credentials === 'function' ? await credentials() : credentials };
}

/** From AWS's own configuration, which a machine need not have. */
async function regionOfProfile(profile = 'default'): Promise<string | undefined> {
  const { configFile } = await loadSharedConfigFiles();
  return configFile[profile]?.region;
}
