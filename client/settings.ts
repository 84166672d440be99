import { readFileSync } from 'node:fs';
import { type CredentialSource, resolveCredentials } from './library/credentials.ts';
import type { ProxyAddress } from './library/request-json.ts';
import { SettingsError } from './library/settings-error.ts';
import { getApiRegion } from './library/signed-fetch.ts';
import { readProfile } from './read-profile.ts';
import { sendOneRequest } from './send-one-request.ts';
import { SETTING_VARIABLES, type SettingName } from './setting-variables.ts';
import { STREAM_MODES, type StreamMode } from './stream-mode.ts';

/** How to reach MWAA without a proxy, from inside its network. */
export interface MwaaAddress {
  /** Undefined: the region of the AWS configuration file. */
  readonly region?: string | undefined;
  /** The profile of the AWS configuration file that the region is read from. */
  readonly profile?: string | undefined;
  readonly credentials: CredentialSource;
  /** As in `2.10.3`. Undefined: the client gets it from MWAA or from Airflow. */
  readonly airflowVersion?: string | undefined;
  /** Host name of the web server, if it differs from the one that MWAA returns. */
  readonly webServerHostname?: string | undefined;
}

/** Where commands are sent: to a proxy, or directly to MWAA if no proxy is set. */
export type Settings = {
  /** The name of the environment in the proxy's configuration; without a proxy, its name in MWAA. */
  readonly environment: string;
  /** As in `2.10.3`, if it is set. */
  readonly airflowVersion?: string | undefined;
  /** How long a command waits for a free slot of the environment, if it is set. */
  readonly waitSeconds?: number | undefined;
  readonly streamMode: StreamMode;
  /** The profile of the AWS configuration, if it is set. */
  readonly awsProfile?: string | undefined;
} & ({ readonly proxy: ProxyAddress } | { readonly mwaa: MwaaAddress });

type GetSetting = (name: SettingName) => string | undefined;

/**
 * Loads the settings from environment variables and from a profile of the profiles file (`docs/shell.md`). Variables take precedence.
 *
 * @throws SettingsError
 */
export async function loadSettings(variables: NodeJS.ProcessEnv): Promise<Settings> {
  const profile = await readProfile(variables);
  const getSetting: GetSetting = (name) => variables[SETTING_VARIABLES[name]] || profile[name];
  const environment = getSetting('environment');
  if (!environment) {
    const url = getSetting('url') ? '' : ` ${SETTING_VARIABLES.url}, the address of the API, is not set either.`;
    throw new SettingsError(`Set ${SETTING_VARIABLES.environment} to the name of the environment.${url}`);
  }
  const common = {
    environment,
    airflowVersion: getSetting('airflowVersion'),
    waitSeconds: parseWaitSeconds(getSetting('waitSeconds')),
    streamMode: parseStreamMode(getSetting('stderr')),
    awsProfile: getSetting('awsProfile'),
  };
  const url = getSetting('url');
  if (url) return { ...common, proxy: createProxyAddress(url, getSetting, variables) };
  const tokenSetting = TOKEN_SETTINGS.find(getSetting);
  if (tokenSetting) {
    throw new SettingsError(
      `${SETTING_VARIABLES[tokenSetting]} is set, but ${SETTING_VARIABLES.url} is not, and only a proxy accepts tokens. ` +
        `Set ${SETTING_VARIABLES.url} to the address of the API, or unset ${SETTING_VARIABLES[tokenSetting]}.`,
    );
  }
  const { awsProfile } = common;
  return {
    ...common,
    mwaa: {
      region: getSetting('region') ?? variables.AWS_DEFAULT_REGION,
      profile: awsProfile,
      credentials: resolveCredentials(variables, awsProfile),
      airflowVersion: common.airflowVersion,
      webServerHostname: getSetting('webServerHostname'),
    },
  };
}

/** @throws SettingsError */
function parseWaitSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new SettingsError(
    `${SETTING_VARIABLES.waitSeconds} is ${JSON.stringify(text)}. Set it to a number of seconds, such as 60. With 0, commands do not wait.`,
  );
}

/** @throws SettingsError */
function parseStreamMode(text = 'quiet'): StreamMode {
  const mode = STREAM_MODES.find((candidate) => candidate === text);
  if (mode !== undefined) return mode;
  throw new SettingsError(
    `${SETTING_VARIABLES.stderr} is ${JSON.stringify(text)}. Set it to one of ${STREAM_MODES.join(', ')}.`,
  );
}

const TOKEN_SETTINGS = ['token', 'tokenFile', 'tokenCommand'] as const;

function createProxyAddress(url: string, getSetting: GetSetting, variables: NodeJS.ProcessEnv): ProxyAddress {
  if (!URL.canParse(url)) {
    throw new SettingsError(
      `${SETTING_VARIABLES.url} is not a valid URL: ${url}. ` +
        'Set it to the address of the API, as in https://abc123.execute-api.eu-west-1.amazonaws.com/v1.',
    );
  }
  const token = createTokenSource(getSetting);
  if (token) return { url, token, send: sendOneRequest };
  const region = getApiRegion(new URL(url)) ?? getSetting('region') ?? variables.AWS_DEFAULT_REGION;
  if (!region) {
    throw new SettingsError(
      `Set ${SETTING_VARIABLES.region} to the region of the API: its address does not contain it.`,
    );
  }
  return { url, region, credentials: resolveCredentials(variables, getSetting('awsProfile')), send: sendOneRequest };
}

/** @throws SettingsError if commands are sent directly to MWAA */
export function requireProxy(settings: Settings): ProxyAddress {
  if ('proxy' in settings) return settings.proxy;
  throw new SettingsError(`This command needs a proxy. Set ${SETTING_VARIABLES.url} to the address of its API.`);
}

/** Returns a function that gets a new OIDC token for each request: tokens expire within minutes. */
function createTokenSource(getSetting: GetSetting): (() => Promise<string>) | undefined {
  const token = getSetting('token');
  const tokenFile = getSetting('tokenFile');
  const tokenCommand = getSetting('tokenCommand');
  if (token) return async () => token;
  if (tokenFile) return async () => readTokenFile(tokenFile);
  return tokenCommand ? () => runTokenCommand(tokenCommand) : undefined;
}

/** @throws SettingsError */
function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { message } = cause as Error;
    throw new SettingsError(`The token file (${SETTING_VARIABLES.tokenFile}) cannot be read: ${message}`, { cause });
  }
}

/** @throws SettingsError */
async function runTokenCommand(command: string): Promise<string> {
  const [{ execFile }, { promisify }] = await Promise.all([import('node:child_process'), import('node:util')]);
  try {
    return (await promisify(execFile)('sh', ['-c', command])).stdout.trim();
  } catch (cause) {
    const { message } = cause as Error;
    throw new SettingsError(`The token command (${SETTING_VARIABLES.tokenCommand}) failed: ${message.trim()}`, {
      cause,
    });
  }
}
