import type { Remedies } from '../../mwaa/remedies.ts';

const PRIVATE_NETWORK_REMEDY =
  'A private environment can be reached only from inside its VPC: use a VPN, a machine in the VPC, or a proxy ' +
  '(set MWAA_CLI_PROXY_URL).';

/** Remedies for the caller of a client that accesses MWAA without a proxy. */
export const DIRECT_REMEDIES: Remedies = {
  subject: 'the client',
  notPermitted: 'Your role or user needs airflow:CreateCliToken on this environment.',
  invalidCredentials:
    'MWAA rejects your AWS credentials: get new ones, and check that they are for this account and partition.',
  environmentNotFound:
    'MWAA has no environment of this name in this account and region: check MWAA_ENVIRONMENT, AWS_REGION and which ' +
    'account your credentials belong to.',
  tokenApi: {
    'name resolution': 'Its name cannot be resolved: check AWS_REGION, and the DNS settings of this machine.',
    connect:
      'It does not accept connections from this machine: check the outbound connectivity of this network, or the ' +
      'airflow.env endpoint of the VPC.',
    TLS: 'Its certificate is not trusted here: check whether a proxy or another server answers in its place.',
    exchange: 'The connection was lost: send the command again.',
  },
  tokenApiTimeout: 'check the outbound connectivity of this network, or the airflow.env endpoint of the VPC.',
  untrustedHost: 'If this is your custom domain, set MWAA_WEB_SERVER_HOSTNAME to it.',
  webServer: {
    'name resolution': `Its name cannot be resolved on this machine. ${PRIVATE_NETWORK_REMEDY}`,
    connect:
      `It does not accept connections from this machine. ${PRIVATE_NETWORK_REMEDY} Its security group must allow port 443 ` +
      'from your address.',
    TLS:
      'Its certificate is not trusted here, or not valid for this name: check whether a proxy or another server answers ' +
      'in its place.',
    exchange: 'The connection was closed before the command was written: send it again.',
  },
  webServerRedirect: 'Set MWAA_WEB_SERVER_HOSTNAME to the host that answers without a redirect.',
  tokenRejected:
    'Check that MWAA_WEB_SERVER_HOSTNAME, if it is set, is the host of this environment, and that the environment is AVAILABLE.',
  responseTooLarge: 'Request less output.',
  airflowTimeout: 'check the load of the environment.',
};
