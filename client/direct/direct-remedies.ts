import type { Remedies } from '../../mwaa/remedies.ts';

const PRIVATE_NETWORK_REMEDY =
  'A private environment is reached from inside its VPC alone: go through a VPN, a machine in the VPC, or a proxy ' +
  '(MWAA_CLI_PROXY_URL).';

/** What a person changes who goes to MWAA without a proxy. */
export const DIRECT_REMEDIES: Remedies = {
  subject: 'the client',
  notPermitted: 'Your role or user needs airflow:CreateCliToken on this environment.',
  invalidCredentials:
    'MWAA does not take your AWS credentials: get new ones, and check that they are of this account and partition.',
  environmentNotFound:
    'MWAA has no environment of this name in this account and region: check MWAA_ENVIRONMENT, AWS_REGION and whose ' +
    'credentials these are.',
  tokenApi: {
    'name resolution': 'Its name cannot be resolved: check AWS_REGION, and that this machine has a name server.',
    connect: 'It takes no connection from here: check the way out of this network, or its airflow.env endpoint.',
    TLS: 'It shows no certificate that is trusted here: see what on the way answers in its place.',
    exchange: 'The connection was lost: send the command again.',
  },
  tokenApiTimeout: 'check the way out of this network, or its airflow.env endpoint.',
  untrustedHost: 'If that is your custom domain, set MWAA_WEB_SERVER_HOSTNAME to it.',
  webServer: {
    'name resolution': `Its name cannot be resolved here. ${PRIVATE_NETWORK_REMEDY}`,
    connect: `It takes no connection from here. ${PRIVATE_NETWORK_REMEDY} Its security group must let in port 443 from where you are.`,
    TLS: 'It shows no certificate that is trusted here for this name: see what on the way answers in its place.',
    exchange: 'The connection was closed before the command was written: send it again.',
  },
  webServerRedirect: 'Set MWAA_WEB_SERVER_HOSTNAME to the host that answers by itself.',
  tokenRejected:
    'Check that MWAA_WEB_SERVER_HOSTNAME, if it is set, is the host of this environment, and that the environment is AVAILABLE.',
  responseTooLarge: 'Ask for less.',
  airflowTimeout: 'check the load of the environment.',
};
