import type { Credentials } from '../client/library/credentials.ts';

/** Credentials as AWS's tools read them from variables. */
export const createCredentialVariables = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Credentials): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
});

/** What our clients are told by variables: an environment behind a proxy, and who asks. */
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

/** How to call the running stack, as lines that work when pasted into a shell. */
export function formatCallInstructions(
  url: string,
  region: string,
  environment: string,
  credentials: Credentials,
): string {
  const variables = createClientVariables(url, region, environment, credentials);
  return `
It stays up until Ctrl-C. In another shell:

${formatCurlCommand(url, region, environment, credentials, '{"command":"dags list"}')}

or with the airflow client, in this folder:

${Object.entries(variables)
  .map(([name, value]) => `export ${name}='${value}'`)
  .join('\n')}
npm run -s airflow -- dags list
`;
}

/** One `curl` command that signs a request and sends it. `curl` signs with Signature Version 4 since 7.75. */
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
