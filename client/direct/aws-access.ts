import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader';
import type { Credentials } from '../library/credentials.ts';
import { SettingsError } from '../library/settings-error.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import type { MwaaAddress } from '../settings.ts';

/** Region and credentials for a client of the AWS SDK. */
export interface AwsAccess {
  readonly region: string;
  readonly credentials: Credentials;
}

/**
 * Resolves region and credentials before the first request, so that a missing one is reported as such and not as an unreachable
 * service.
 *
 * @throws SettingsError; the `CredentialsProviderError` of the AWS SDK
 */
export async function resolveAwsAccess(address: MwaaAddress): Promise<AwsAccess> {
  const { credentials } = address;
  const region = await resolveRegion(address);
  return { region, credentials: typeof credentials === 'function' ? await credentials() : credentials };
}

/** @throws SettingsError if neither the settings nor the AWS configuration file have a region */
export async function resolveRegion({ region, profile }: Pick<MwaaAddress, 'region' | 'profile'>): Promise<string> {
  const resolved = region || (await readProfileRegion(profile));
  if (resolved) return resolved;
  throw new SettingsError(`Set ${SETTING_VARIABLES.region} to the region of the environment.`);
}

/** Undefined if there is no AWS configuration file, or no region in it. */
async function readProfileRegion(profile = 'default'): Promise<string | undefined> {
  const { configFile } = await loadSharedConfigFiles();
  return configFile[profile]?.region;
}
