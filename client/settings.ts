import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CredentialSource, resolveCredentials } from './library/credentials.ts';
import type { ProxyAddress } from './library/request-json.ts';
import { getApiRegion } from './library/signed-fetch.ts';

/** MWAA itself, for those who are inside the network. */
export interface MwaaAddress {
  /** Left out: that of AWS's own configuration. */
  readonly region?: string | undefined;
  /** Of AWS's own configuration, for the region. */
  readonly profile?: string | undefined;
  readonly credentials: CredentialSource;
  /** As in `2.10.3`. Left out: MWAA is asked. */
  readonly airflowVersion?: string | undefined;
  /** Where the web server answers, if not where MWAA says. Host name only. */
  readonly webServerHostname?: string | undefined;
}

/** Where commands go: to a proxy, or to MWAA itself where none is named. */
export type Settings = {
  /** As the proxy or MWAA calls it. */
  readonly environment: string;
  /** As in `2.10.3`, where a setting says so. */
  readonly airflowVersion?: string | undefined;
} & ({ readonly proxy: ProxyAddress } | { readonly mwaa: MwaaAddress });

/** What is missing or wrong, and what to do. Exit status 78. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** One profile of the file. Each member has a variable that counts before it. */
interface Profile {
  readonly url?: string;
  readonly environment?: string;
  readonly airflowVersion?: string;
  readonly webServerHostname?: string;
  readonly region?: string;
  readonly awsProfile?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly tokenCommand?: string;
}

/** The variable of each setting. The table in `docs/shell.md` is tested against it. */
export const SETTING_VARIABLES = {
  url: 'MWAA_CLI_PROXY_URL',
  environment: 'MWAA_ENVIRONMENT',
  airflowVersion: 'MWAA_AIRFLOW_VERSION',
  webServerHostname: 'MWAA_WEB_SERVER_HOSTNAME',
  region: 'AWS_REGION',
  awsProfile: 'AWS_PROFILE',
  token: 'MWAA_CLI_PROXY_TOKEN',
  tokenFile: 'MWAA_CLI_PROXY_TOKEN_FILE',
  tokenCommand: 'MWAA_CLI_PROXY_TOKEN_COMMAND',
} as const satisfies Record<keyof Profile, string>;

/**
 * What the variables say, and for the rest a profile of the file (`docs/shell.md`).
 *
 * @throws SettingsError
 */
export async function loadSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const profile = await readProfile(environment);
  const said = (key: keyof Profile): string | undefined => environment[SETTING_VARIABLES[key]] || profile[key];
  const name = said('environment');
  if (!name) throw new SettingsError(`Set ${SETTING_VARIABLES.environment} to the name of the environment.`);
  const settings = { environment: name, airflowVersion: said('airflowVersion') };
  const url = said('url');
  if (url) return { ...settings, proxy: createProxyAddress(url, said, environment) };
  const tokens = TOKEN_SETTINGS.find(said);
  if (tokens)
    throw new SettingsError(
      `${SETTING_VARIABLES[tokens]} is for a proxy: set ${SETTING_VARIABLES.url} to its address.`,
    );
  const profileName = said('awsProfile');
  return {
    ...settings,
    mwaa: {
      region: said('region') ?? environment.AWS_DEFAULT_REGION,
      profile: profileName,
      credentials: resolveCredentials(environment, profileName),
      airflowVersion: settings.airflowVersion,
      webServerHostname: said('webServerHostname'),
    },
  };
}

const TOKEN_SETTINGS = ['token', 'tokenFile', 'tokenCommand'] as const;

function createProxyAddress(
  url: string,
  said: (key: keyof Profile) => string | undefined,
  environment: NodeJS.ProcessEnv,
): ProxyAddress {
  if (!URL.canParse(url)) throw new SettingsError(`${SETTING_VARIABLES.url} is not an address: ${url}`);
  const token = createTokenSource({
    token: said('token'),
    tokenFile: said('tokenFile'),
    tokenCommand: said('tokenCommand'),
  });
  if (token) return { url, token };
  const region = getApiRegion(new URL(url)) ?? said('region') ?? environment.AWS_DEFAULT_REGION;
  if (!region) throw new SettingsError(`Set ${SETTING_VARIABLES.region}: it does not stand in the address of the API.`);
  return { url, region, credentials: resolveCredentials(environment, said('awsProfile')) };
}

/** @throws SettingsError where commands go to MWAA itself, which cannot tell what only a proxy knows */
export function requireProxy(settings: Settings): ProxyAddress {
  if ('proxy' in settings) return settings.proxy;
  throw new SettingsError(`That is a question for a proxy: set ${SETTING_VARIABLES.url} to its address.`);
}

/** How a token of OIDC is had, anew for each request: they live for minutes. */
function createTokenSource({
  token,
  tokenFile,
  tokenCommand,
}: { [key in (typeof TOKEN_SETTINGS)[number]]: string | undefined }) {
  if (token) return async () => token;
  if (tokenFile) return async () => readFileSync(tokenFile, 'utf8').trim();
  if (!tokenCommand) return undefined;
  return async () => {
    const [{ execFile }, { promisify }] = await Promise.all([import('node:child_process'), import('node:util')]);
    try {
      return (await promisify(execFile)('sh', ['-c', tokenCommand])).stdout.trim();
    } catch (cause) {
      throw new SettingsError(`The command for a token failed: ${(cause as Error).message.trim()}`, { cause });
    }
  };
}

async function readProfile(environment: NodeJS.ProcessEnv): Promise<Profile> {
  const home = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config');
  const file = environment.MWAA_CLI_PROXY_CONFIG || join(home, 'mwaa-cli-proxy', 'profiles.yaml');
  const asked = environment.MWAA_CLI_PROXY_PROFILE;
  if (!existsSync(file)) {
    if (asked) throw new SettingsError(`MWAA_CLI_PROXY_PROFILE is ${asked}, and there is no file ${file}.`);
    return {};
  }
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    throw new SettingsError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!isMapping(content)) throw new SettingsError(`${file} must be a mapping with profiles in it.`);
  const profiles = isMapping(content.profiles) ? content.profiles : {};
  const name = asked ?? content.default;
  if (name === undefined) return {};
  const profile = typeof name === 'string' && Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (!isMapping(profile)) {
    throw new SettingsError(
      `${file} has no profile ${String(name)}. There are: ${Object.keys(profiles).join(', ') || 'none'}.`,
    );
  }
  for (const [key, value] of Object.entries(profile)) {
    if (!Object.hasOwn(SETTING_VARIABLES, key)) {
      throw new SettingsError(
        `${file}: profile ${name} has an unknown key ${key}. Known: ${Object.keys(SETTING_VARIABLES).join(', ')}.`,
      );
    }
    if (typeof value !== 'string')
      throw new SettingsError(`${file}: ${key} of profile ${name} must be text: write it in quotes.`);
  }
  return profile as Profile;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
