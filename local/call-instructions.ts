import type { Credentials } from '../client/library/credentials.ts';

/** The environment variables from which AWS tools read these credentials. */
export const createCredentialVariables = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Credentials): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
});

/** The environment variables of the clients: the proxy's address, an Airflow environment, and the caller's credentials. */
export const createClientVariables = (
  url: string,
  region: string,
  environment: string,
  credentials: Credentials,
): Record<string, string> => ({
  MWAA_CLI_PROXY_URL: url,
  MWAA_ENVIRONMENT: environment,
  AWS_REGION: region,
  ...createCredentialVariables(credentials),
});

/**
 * The environment variables of airflowctl: a token, and a name for its settings, which it keeps in `~/airflow/NAME.json`. So it leaves
 * those of other Airflows as they are.
 */
export const createAirflowctlVariables = (token: string): Record<string, string> => ({
  AIRFLOW_CLI_TOKEN: token,
  AIRFLOW_CLI_ENVIRONMENT: 'mwaa-cli-proxy-local',
});

/** An environment that callers of the running stack see. */
export interface ShownEnvironment {
  readonly name: string;
  readonly airflow: string;
  /** Whether it offers Airflow's REST API. */
  readonly rest?: boolean | undefined;
  /** What differs from a running Airflow, such as `starts with its first request`. */
  readonly remark?: string | undefined;
}

/**
 * Explains how to call the running stack, with lines that work when pasted into a shell.
 *
 * @param file the script that sets the clients' variables
 * @param environments the first one is the one that the script selects
 * @param forAirflowctl whether the script sets what airflowctl needs
 * @param sampleEvent an event that runs a command. Absent: there are no events
 */
export function formatCallInstructions(
  file: string,
  environments: readonly ShownEnvironment[],
  forAirflowctl = false,
  sampleEvent?: object,
): string {
  const width = Math.max(...environments.map(({ name }) => name.length));
  const rows = environments.map(
    ({ name, airflow, rest, remark }) =>
      `  ${name.padEnd(width)}  Airflow ${airflow}${rest ? ', REST API' : ''}${remark === undefined ? '' : `, ${remark}`}`,
  );
  const other = environments[1]?.name;
  const article = environments.length > 2 ? 'another' : 'the other';
  const release = environments[0]?.airflow ?? '';
  const [major = ''] = release.split('.');
  return `
In another shell, in any folder:

  source ${file}
  airflow dags list
  airflow variables set greeting hello
  mwaa run --wait -- ${Number(major) < 2 ? 'trigger_dag' : 'dags trigger'} daily_report

With curl, in the same shell:

  curl -sS --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" \\
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
    -H "x-amz-security-token: $AWS_SESSION_TOKEN" \\
    -H 'content-type: application/json' -d '{"command":"dags list"}' \\
    "$MWAA_CLI_PROXY_URL/environments/$MWAA_ENVIRONMENT/cli"
${environments[0]?.rest ? formatRestInstructions(Number(major)) : ''}${forAirflowctl ? formatAirflowctlInstructions(release) : ''}${sampleEvent === undefined ? '' : formatEventInstructions(sampleEvent)}
Environments:

${rows.join('\n')}
${other === undefined ? '' : `\nTo use ${article} one: export MWAA_ENVIRONMENT=${other}\n`}
Press Ctrl-C to stop.`;
}

const formatRestInstructions = (major: number): string => `
Airflow's REST API, in the same shell:

  curl -sS --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" \\
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
    -H "x-amz-security-token: $AWS_SESSION_TOKEN" \\
    "$MWAA_CLI_PROXY_URL/environments/$MWAA_ENVIRONMENT/api/v${major < 3 ? 1 : 2}/dags?limit=5"
`;

/** On several lines, because a pasted line that the terminal's width has broken would differ. */
const formatEventInstructions = (event: object): string => `
Publish an event, and look at the queues:

  curl -sS -H 'content-type: application/json' "$LOCAL_EVENTS_URL" -d '
${indent(JSON.stringify(event, undefined, 2).replaceAll("'", String.raw`\u0027`))}'
  curl -sS "$LOCAL_EVENTS_URL"
`;

const indent = (text: string): string => text.replace(/^/gm, '  ');

/** `auth login` only writes the address to a file. */
const formatAirflowctlInstructions = (release: string): string => `
With Airflow's own airflowctl (pip install apache-airflow-ctl):
${/^3\.[01]\./.test(release) ? formatAirflowctlWarning(release) : ''}
  airflowctl auth login --skip-keyring \\
    --api-url "$MWAA_CLI_PROXY_URL/oidc/environments/$MWAA_ENVIRONMENT"
  airflowctl dags list
`;

/** Other releases of airflowctl may differ. See docs/rest.md. */
const formatAirflowctlWarning = (release: string): string => `
  airflowctl 0.1 is made for Airflow 3.2 and later. On ${release}, a command such
  as "dags trigger" takes effect and then fails, because airflowctl cannot
  read the answer.
`;

/** Formats a `curl` command that signs and sends a request. It requires curl 7.75 or later, which supports Signature Version 4. */
export function formatCurlCommand(
  url: string,
  region: string,
  environment: string,
  credentials: Credentials,
  body: string,
): string {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return [
    `curl -sS --aws-sigv4 'aws:amz:${region}:execute-api' --user '${accessKeyId}:${secretAccessKey}'`,
    ...(sessionToken === undefined ? [] : [`-H 'x-amz-security-token: ${sessionToken}'`]),
    `-H 'content-type: application/json' -d '${body}' ${url}/environments/${environment}/cli`,
  ].join(' ');
}
