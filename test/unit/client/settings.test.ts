import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettings, requireProxy, SettingsError } from '../../../client/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
mkdirSync(join(folder, 'mwaa-cli-proxy'));
const file = join(folder, 'mwaa-cli-proxy', 'profiles.yaml');
const API = 'https://abc123.execute-api.eu-west-1.amazonaws.com/v1';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

const loadSettingsFrom = (profiles: string, environment: NodeJS.ProcessEnv) => {
  writeFileSync(file, profiles);
  return loadSettings({ XDG_CONFIG_HOME: folder, ...environment });
};

const PROFILES = `
default: daily
profiles:
  daily: { url: "${API}", environment: prod }
  tokens: { url: "${API}", environment: prod, tokenCommand: "printf fresh" }
  home: { url: "https://airflow.example.com", environment: prod, region: eu-north-1 }
`;

describe('settings', () => {
  test.each<[what: string, environment: NodeJS.ProcessEnv, settings: object]>([
    ['from the default profile', {}, { environment: 'prod', proxy: { url: API, region: 'eu-west-1' } }],
    ['from variables before it', { MWAA_ENVIRONMENT: 'next' }, { environment: 'next', proxy: { url: API } }],
    ['from the profile that is asked for', { MWAA_CLI_PROXY_PROFILE: 'home' }, { proxy: { region: 'eu-north-1' } }],
    ["the API's own region before the variable", { AWS_REGION: 'us-east-1' }, { proxy: { region: 'eu-west-1' } }],
    ['credentials from variables', {}, { proxy: { credentials: CREDENTIALS } }],
    [
      'credentials of a profile before variables',
      { AWS_PROFILE: 'x' },
      { proxy: { credentials: expect.any(Function) } },
    ],
  ])('%s', async (_, environment, settings) => {
    expect(await loadSettingsFrom(PROFILES, { ...KEYS, ...environment })).toMatchObject(settings);
  });

  test('MWAA itself, where no proxy is named', async () => {
    const environment = {
      ...KEYS,
      MWAA_ENVIRONMENT: 'Prod',
      AWS_DEFAULT_REGION: 'eu-west-1',
      MWAA_AIRFLOW_VERSION: '2.10.3',
    };
    const settings = await loadSettingsFrom('', environment);
    expect(settings).toEqual({
      environment: 'Prod',
      airflowVersion: '2.10.3',
      mwaa: { region: 'eu-west-1', credentials: CREDENTIALS, airflowVersion: '2.10.3' },
    });
    expect(() => requireProxy(settings)).toThrow('set MWAA_CLI_PROXY_URL');
  });

  test.each<[what: string, environment: NodeJS.ProcessEnv, token: string]>([
    ['a command', { MWAA_CLI_PROXY_PROFILE: 'tokens' }, 'fresh'],
    ['a variable', { MWAA_CLI_PROXY_TOKEN: 'given' }, 'given'],
    ['a file', { MWAA_CLI_PROXY_TOKEN_FILE: join(folder, 'token') }, 'written'],
  ])('a token from %s', async (_, environment, token) => {
    writeFileSync(join(folder, 'token'), 'written\n');
    const proxy = requireProxy(await loadSettingsFrom(PROFILES, environment));
    expect('token' in proxy && (await proxy.token())).toBe(token);
  });

  test('a command for tokens that fails is said so', async () => {
    const proxy = requireProxy(
      await loadSettingsFrom(PROFILES, { MWAA_CLI_PROXY_TOKEN_COMMAND: 'echo not logged in >&2; exit 4' }),
    );
    if (!('token' in proxy)) throw new Error('no token is asked for');
    await expect(proxy.token()).rejects.toThrow(/The command for a token failed: .*not logged in/s);
  });

  test.each<[what: string, profiles: string, environment: NodeJS.ProcessEnv, message: string]>([
    [
      'a token for no proxy',
      '',
      { MWAA_ENVIRONMENT: 'prod', MWAA_CLI_PROXY_TOKEN: 'x' },
      'MWAA_CLI_PROXY_TOKEN is for',
    ],
    ['no environment', '', { MWAA_CLI_PROXY_URL: API }, 'Set MWAA_ENVIRONMENT'],
    ['a profile there is not', PROFILES, { MWAA_CLI_PROXY_PROFILE: 'prod' }, 'There are: daily, tokens, home.'],
    ['an inherited name', PROFILES, { MWAA_CLI_PROXY_PROFILE: 'constructor' }, 'has no profile constructor'],
    ['an unknown key', 'default: a\nprofiles: { a: { adress: x } }', {}, 'unknown key adress'],
    ['a number', 'default: a\nprofiles: { a: { environment: 1 } }', {}, 'environment of profile a must be text'],
    ['no YAML', 'profiles: {', {}, 'profiles.yaml cannot be read'],
    ['no mapping', '- a', {}, 'profiles.yaml must be a mapping'],
  ])('%s is a fault that says what to do', async (_, profiles, environment, message) => {
    const fault = await loadSettingsFrom(profiles, environment).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(SettingsError);
    expect((fault as Error).message).toContain(message);
  });

  test('a profile that is asked for where there is no file', async () => {
    const settings = loadSettings({ XDG_CONFIG_HOME: join(folder, 'nowhere'), MWAA_CLI_PROXY_PROFILE: 'daily' });
    await expect(settings).rejects.toThrow('MWAA_CLI_PROXY_PROFILE is daily, and there is no file');
  });
});
