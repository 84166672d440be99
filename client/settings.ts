import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { credentialsFrom } from './library/credentials.ts';
import type { ProxyAddress } from './library/request.ts';
import { regionOf } from './library/signed-fetch.ts';

/** Where commands go. */
export interface Settings {
  readonly proxy: ProxyAddress;
  /** As the proxy calls it. */
  readonly environment: string;
}

/** What is missing or wrong, and what to do. Exit status 78. */
export class SettingsFault extends Error {
  override readonly name = 'SettingsFault';
}

/** One profile of the file. Each member has a variable that counts before it. */
interface Profile {
  readonly url?: string;
  readonly environment?: string;
  readonly region?: string;
  readonly awsProfile?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly tokenCommand?: string;
}

/** The variable of each setting. The table in `docs/clients.md` is tested against it. */
export const VARIABLES = {
  url: 'MWAA_CLI_PROXY_URL',
  environment: 'MWAA_ENVIRONMENT',
  region: 'AWS_REGION',
  awsProfile: 'AWS_PROFILE',
  token: 'MWAA_CLI_PROXY_TOKEN',
  tokenFile: 'MWAA_CLI_PROXY_TOKEN_FILE',
  tokenCommand: 'MWAA_CLI_PROXY_TOKEN_COMMAND',
} as const satisfies Record<keyof Profile, string>;

/**
 * What the variables say, and for the rest a profile of the file (`docs/clients.md`).
 *
 * @throws SettingsFault
 */
export async function settingsFrom(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const profile = await profileFrom(environment);
  const said = (key: keyof Profile): string | undefined => environment[VARIABLES[key]] || profile[key];
  const url = said('url');
  if (!url) throw new SettingsFault(`Set ${VARIABLES.url} to the address of the proxy.`);
  if (!URL.canParse(url)) throw new SettingsFault(`${VARIABLES.url} is not an address: ${url}`);
  const name = said('environment');
  if (!name) throw new SettingsFault(`Set ${VARIABLES.environment} to the name of the environment.`);
  const token = tokenFrom({ token: said('token'), tokenFile: said('tokenFile'), tokenCommand: said('tokenCommand') });
  if (token) return { environment: name, proxy: { url, token } };
  const region = regionOf(new URL(url)) ?? said('region') ?? environment.AWS_DEFAULT_REGION;
  if (!region) throw new SettingsFault(`Set ${VARIABLES.region}: it does not stand in the address of the API.`);
  const credentials = credentialsFrom(environment, said('awsProfile'));
  return { environment: name, proxy: { url, region, credentials } };
}

/** How a token of OIDC is had, anew for each request: they live for minutes. */
function tokenFrom({
  token,
  tokenFile,
  tokenCommand,
}: { [key in 'token' | 'tokenFile' | 'tokenCommand']: string | undefined }) {
  if (token) return async () => token;
  if (tokenFile) return async () => readFileSync(tokenFile, 'utf8').trim();
  if (!tokenCommand) return undefined;
  return async () => {
    try {
      return (await promisify(execFile)('sh', ['-c', tokenCommand])).stdout.trim();
    } catch (cause) {
      throw new SettingsFault(`The command for a token failed: ${(cause as Error).message.trim()}`, { cause });
    }
  };
}

async function profileFrom(environment: NodeJS.ProcessEnv): Promise<Profile> {
  const home = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config');
  const file = environment.MWAA_CLI_PROXY_CONFIG || join(home, 'mwaa-cli-proxy', 'profiles.yaml');
  const asked = environment.MWAA_CLI_PROXY_PROFILE;
  if (!existsSync(file)) {
    if (asked) throw new SettingsFault(`MWAA_CLI_PROXY_PROFILE is ${asked}, and there is no file ${file}.`);
    return {};
  }
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    throw new SettingsFault(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!isMapping(content)) throw new SettingsFault(`${file} must be a mapping with profiles in it.`);
  const profiles = isMapping(content.profiles) ? content.profiles : {};
  const name = asked ?? content.default;
  if (name === undefined) return {};
  const profile = typeof name === 'string' && Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (!isMapping(profile)) {
    throw new SettingsFault(
      `${file} has no profile ${String(name)}. There are: ${Object.keys(profiles).join(', ') || 'none'}.`,
    );
  }
  for (const [key, value] of Object.entries(profile)) {
    if (!Object.hasOwn(VARIABLES, key)) {
      throw new SettingsFault(
        `${file}: profile ${name} has an unknown key ${key}. Known: ${Object.keys(VARIABLES).join(', ')}.`,
      );
    }
    if (typeof value !== 'string')
      throw new SettingsFault(`${file}: ${key} of profile ${name} must be text: write it in quotes.`);
  }
  return profile as Profile;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
