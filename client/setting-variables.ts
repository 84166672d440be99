/** The environment variable of each setting. Variables take precedence over profiles. A test compares this table with `docs/shell.md`. */
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
  waitSeconds: 'MWAA_CLI_PROXY_WAIT',
  stderr: 'MWAA_CLI_PROXY_STDERR',
} as const;

/** The variables that select a profile and the profiles file. */
export const PROFILE_VARIABLES = { profile: 'MWAA_CLI_PROXY_PROFILE', file: 'MWAA_CLI_PROXY_CONFIG' } as const;

export type SettingName = keyof typeof SETTING_VARIABLES;
