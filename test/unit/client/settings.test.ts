import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SettingsError } from '../../../client/library/settings-error.ts';
import { loadSettings, requireProxy } from '../../../client/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
mkdirSync(join(folder, 'mwaa-cli-proxy'));
const file = join(folder, 'mwaa-cli-proxy', 'profiles.yaml');
const API = 'https://abc123.execute-api.eu-west-1.amazonaws.com/v1';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

const loadSettingsFrom = (profiles: string, variables: NodeJS.ProcessEnv) => {
  writeFileSync(file, profiles);
  return loadSettings({ XDG_CONFIG_HOME: folder, ...variables });
};

const PROFILES = `
default: daily
profiles:
  daily: { url: "${API}", environment: prod }
  tokens: { url: "${API}", environment: prod, tokenCommand: "printf fresh" }
  home: { url: "https://airflow.example.com", environment: prod, region: eu-north-1 }
`;

describe('loadSettings', () => {
  test.each<[what: string, variables: NodeJS.ProcessEnv, settings: object]>([
    ['uses the default profile', {}, { environment: 'prod', proxy: { url: API, region: 'eu-west-1' } }],
    ['prefers variables to the profile', { MWAA_ENVIRONMENT: 'next' }, { environment: 'next', proxy: { url: API } }],
    ['uses the selected profile', { MWAA_CLI_PROXY_PROFILE: 'home' }, { proxy: { region: 'eu-north-1' } }],
    [
      'prefers the region in the address to AWS_REGION',
      { AWS_REGION: 'us-east-1' },
      { proxy: { region: 'eu-west-1' } },
    ],
    ['reads credentials from variables', {}, { proxy: { credentials: CREDENTIALS } }],
    [
      'prefers the credentials of AWS_PROFILE to key variables',
      { AWS_PROFILE: 'x' },
      { proxy: { credentials: expect.any(Function) } },
    ],
  ])('%s', async (_what, variables, settings) => {
    expect(await loadSettingsFrom(PROFILES, { ...KEYS, ...variables })).toMatchObject(settings);
  });

  test('selects direct access to MWAA if no proxy is set', async () => {
    const variables = {
      ...KEYS,
      MWAA_ENVIRONMENT: 'Prod',
      AWS_DEFAULT_REGION: 'eu-west-1',
      MWAA_AIRFLOW_VERSION: '2.10.3',
    };
    const settings = await loadSettingsFrom('', variables);
    expect(settings).toEqual({
      environment: 'Prod',
      airflowVersion: '2.10.3',
      streamMode: 'quiet',
      mwaa: { region: 'eu-west-1', credentials: CREDENTIALS, airflowVersion: '2.10.3' },
    });
    expect(() => requireProxy(settings)).toThrow('Set MWAA_CLI_PROXY_URL');
  });

  test.each<[source: string, variables: NodeJS.ProcessEnv, token: string]>([
    ['a command', { MWAA_CLI_PROXY_PROFILE: 'tokens' }, 'fresh'],
    ['a variable', { MWAA_CLI_PROXY_TOKEN: 'given' }, 'given'],
    ['a file', { MWAA_CLI_PROXY_TOKEN_FILE: join(folder, 'token') }, 'written'],
  ])('reads a token from %s', async (_source, variables, token) => {
    writeFileSync(join(folder, 'token'), 'written\n');
    const proxy = requireProxy(await loadSettingsFrom(PROFILES, variables));
    expect('token' in proxy && (await proxy.token())).toBe(token);
  });

  test('reports a token command that fails', async () => {
    const proxy = requireProxy(
      await loadSettingsFrom(PROFILES, { MWAA_CLI_PROXY_TOKEN_COMMAND: 'echo not logged in >&2; exit 4' }),
    );
    if (!('token' in proxy)) throw new Error('the settings have no token');
    await expect(proxy.token()).rejects.toThrow(
      /token command \(MWAA_CLI_PROXY_TOKEN_COMMAND\) failed: .*not logged in/s,
    );
  });

  test.each<[what: string, profiles: string, variables: NodeJS.ProcessEnv, message: string]>([
    [
      'a token without a proxy',
      '',
      { MWAA_ENVIRONMENT: 'prod', MWAA_CLI_PROXY_TOKEN: 'x' },
      'MWAA_CLI_PROXY_TOKEN is set, but MWAA_CLI_PROXY_URL is not',
    ],
    ['a missing environment', '', { MWAA_CLI_PROXY_URL: API }, 'Set MWAA_ENVIRONMENT'],
    ['no settings', '', {}, 'MWAA_CLI_PROXY_URL, the address of the API, is not set either.'],
    [
      'an unknown mode of the streams',
      '',
      { MWAA_CLI_PROXY_URL: API, MWAA_ENVIRONMENT: 'prod', MWAA_CLI_PROXY_STDERR: 'none' },
      'MWAA_CLI_PROXY_STDERR is "none". Set it to one of quiet, all, raw.',
    ],
    [
      'a profile that does not exist',
      PROFILES,
      { MWAA_CLI_PROXY_PROFILE: 'prod' },
      'Available profiles: daily, tokens, home.',
    ],
    [
      'the name of an inherited property as a profile',
      PROFILES,
      { MWAA_CLI_PROXY_PROFILE: 'constructor' },
      'has no profile constructor',
    ],
    ['an unknown key', 'default: a\nprofiles: { a: { adress: x } }', {}, 'unknown key adress'],
    ['a number', 'default: a\nprofiles: { a: { environment: 1 } }', {}, 'environment of profile a must be a string'],
    ['invalid YAML', 'profiles: {', {}, 'profiles.yaml cannot be read'],
    ['a file that is not a mapping', '- a', {}, 'profiles.yaml must be a YAML mapping'],
  ])('rejects %s with a remedy', async (_what, profiles, variables, message) => {
    const error = await loadSettingsFrom(profiles, variables).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SettingsError);
    expect((error as Error).message).toContain(message);
  });

  test('rejects a selected profile if there is no file', async () => {
    const settings = loadSettings({ XDG_CONFIG_HOME: join(folder, 'nowhere'), MWAA_CLI_PROXY_PROFILE: 'daily' });
    await expect(settings).rejects.toThrow(/MWAA_CLI_PROXY_PROFILE is daily, but .* does not exist/);
  });
});
