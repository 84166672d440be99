/** The variables and profiles of `docs/shell.md`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type EnvironmentName, getShellVariables, type Row, type RowCall, type RowContext } from '../row.ts';

const READ: RowCall = { name: 'run', argv: ['version'], value: { outcome: 'succeeded' } };

const shell = (more: Readonly<Record<string, string | undefined>>) => (context: RowContext) => ({
  variables: getShellVariables(context, more),
});

/** A call that is not sent, because of a setting. */
const refuse = (name: string, more: Readonly<Record<string, string | undefined>>, detail: string | RegExp): Row => ({
  name,
  client: shell(more),
  calls: [
    {
      name: 'run',
      argv: ['version'],
      error: { kind: 'settings', detail: typeof detail === 'string' ? detail : expect.stringMatching(detail) },
    },
  ],
  requests: 0,
});

/** A profiles file, at the place where the client looks for it. */
const withProfiles =
  (text: string, more: Readonly<Record<string, string | undefined>> = {}) =>
  (context: RowContext) => {
    mkdirSync(join(context.folder, 'mwaa-cli-proxy'), { recursive: true });
    const content = text.replaceAll('URL', context.url);
    writeFileSync(join(context.folder, 'mwaa-cli-proxy/profiles.yaml'), content);
    return {
      variables: getShellVariables(context, {
        MWAA_CLI_PROXY_URL: undefined,
        MWAA_ENVIRONMENT: undefined,
        XDG_CONFIG_HOME: context.folder,
        ...more,
      }),
    };
  };

const PROFILES = `
default: prod
profiles:
  prod:
    url: URL
    environment: prod
    region: ap-southeast-2
  other:   # comment
    url: "URL"
    environment: 'two'
  broken: { url: URL, environment: prod, shade: red }
  number: { url: URL, environment: 7 }
`;

const refuseProfile = (name: string, text: string, more: Readonly<Record<string, string>>, detail: RegExp): Row => ({
  name,
  client: withProfiles(text, more),
  calls: [{ name: 'run', argv: ['version'], error: { kind: 'settings', detail: expect.stringMatching(detail) } }],
  requests: 0,
});

const useProfile = (
  name: string,
  text: string,
  more: Readonly<Record<string, string>>,
  environment: EnvironmentName,
): Row => ({
  name,
  environment,
  client: withProfiles(text, more),
  calls: [{ ...READ, value: { outcome: 'succeeded', environment } }],
  requests: 1,
});

export const SETTING_ROWS: readonly Row[] = [
  refuse('no environment', { MWAA_ENVIRONMENT: undefined }, 'Set MWAA_ENVIRONMENT to the name of the environment.'),
  refuse(
    'no environment and no URL',
    { MWAA_ENVIRONMENT: '', MWAA_CLI_PROXY_URL: '' },
    'Set MWAA_ENVIRONMENT to the name of the environment. MWAA_CLI_PROXY_URL, the address of the API, is not set either.',
  ),
  refuse('no URL', { MWAA_CLI_PROXY_URL: undefined }, /Set MWAA_CLI_PROXY_URL to the address of its API\.$/),
  refuse(
    'a token and no URL',
    { MWAA_CLI_PROXY_URL: undefined, MWAA_CLI_PROXY_TOKEN: 'x' },
    'MWAA_CLI_PROXY_TOKEN is set, but MWAA_CLI_PROXY_URL is not, and only a proxy accepts tokens. Set MWAA_CLI_PROXY_URL to the address of the API, or unset MWAA_CLI_PROXY_TOKEN.',
  ),
  ...['nonsense', 'abc.example.com/v1', '/v1'].map((url) =>
    refuse(
      `the URL ${url}`,
      { MWAA_CLI_PROXY_URL: url },
      `MWAA_CLI_PROXY_URL is not a valid URL: ${url}. Set it to the address of the API, as in https://abc123.execute-api.eu-west-1.amazonaws.com/v1.`,
    ),
  ),
  ...['soon', '-1', '1.5', '9999999'].map((wait) =>
    refuse(
      `MWAA_CLI_PROXY_WAIT=${wait}`,
      { MWAA_CLI_PROXY_WAIT: wait },
      `MWAA_CLI_PROXY_WAIT is "${wait}". Set it to a number of seconds, such as 60. With 0, commands do not wait.`,
    ),
  ),
  refuse(
    'MWAA_CLI_PROXY_STDERR',
    { MWAA_CLI_PROXY_STDERR: 'loud' },
    'MWAA_CLI_PROXY_STDERR is "loud". Set it to one of quiet, all, raw.',
  ),
  refuse(
    'no region',
    { AWS_REGION: undefined, MWAA_CLI_PROXY_CONFIG: '/nowhere/p.yaml' },
    'Set AWS_REGION to the region of the API: its address does not contain it.',
  ),
  refuse(
    'a profile without a file',
    { MWAA_CLI_PROXY_PROFILE: 'prod', MWAA_CLI_PROXY_CONFIG: '/nowhere/p.yaml' },
    'MWAA_CLI_PROXY_PROFILE is prod, but /nowhere/p.yaml does not exist. Create the file, or unset MWAA_CLI_PROXY_PROFILE.',
  ),
  useProfile('the default profile', PROFILES, {}, 'prod'),
  useProfile('a selected profile', PROFILES, { MWAA_CLI_PROXY_PROFILE: 'other' }, 'two'),
  useProfile(
    'a variable precedes the profile',
    PROFILES,
    { MWAA_CLI_PROXY_PROFILE: 'other', MWAA_ENVIRONMENT: 'flaky' },
    'flaky',
  ),
  refuseProfile(
    'a profile that does not exist',
    PROFILES,
    { MWAA_CLI_PROXY_PROFILE: 'prd' },
    /profiles\.yaml has no profile prd\. Available profiles: prod, other, broken, number\.$/,
  ),
  refuseProfile(
    'a profile with an unknown key',
    PROFILES,
    { MWAA_CLI_PROXY_PROFILE: 'broken' },
    /profiles\.yaml: profile broken has the unknown key shade\. Known keys: url, environment, .*, stderr\.$/,
  ),
  refuseProfile(
    'a profile with a number',
    PROFILES,
    { MWAA_CLI_PROXY_PROFILE: 'number' },
    /profiles\.yaml: environment of profile number must be a string\. Put the value in quotes\.$/,
  ),
  refuseProfile(
    'a profiles file that is no mapping',
    '- a\n- b\n',
    {},
    /profiles\.yaml must be a YAML mapping with the key "profiles"\.$/,
  ),
  refuseProfile('a profiles file that is not YAML', 'profiles: {a: [\n', {}, /profiles\.yaml cannot be read: /),
  refuseProfile(
    'a profiles file without a default',
    'profiles: {}\n',
    {},
    /^Set MWAA_ENVIRONMENT to the name of the environment\. MWAA_CLI_PROXY_URL/,
  ),
  refuseProfile(
    'a default profile that does not exist',
    'default: prod\n',
    {},
    /profiles\.yaml has no profile prod\. Available profiles: none\.$/,
  ),
];
