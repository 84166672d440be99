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

/** Explains how to call the running stack, with lines that work when pasted into a shell. */
export function formatCallInstructions(
  url: string,
  region: string,
  environment: string,
  credentials: Credentials,
): string {
  const variables = createClientVariables(url, region, environment, credentials);
  return `
The API runs until you press Ctrl-C. Call it from another shell:

${formatCurlCommand(url, region, environment, credentials, '{"command":"dags list"}')}

or with the airflow client, from this folder:

unset AWS_PROFILE
${Object.entries(variables)
  .map(([name, value]) => `export ${name}='${value}'`)
  .join('\n')}
npm run -s airflow -- dags list
`;
}

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
