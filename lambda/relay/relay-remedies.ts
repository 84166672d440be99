import type { Remedies } from '../../mwaa/remedies.ts';

/** What to change when a relay cannot use MWAA. Callers see these texts and pass them to the operators of the proxy. */
export const RELAY_REMEDIES: Remedies = {
  subject: 'the relay',
  notPermitted:
    "Allow airflow:CreateCliToken on this environment in the policy of the relay's role and in the policy of the " +
    'airflow.env endpoint.',
  invalidCredentials:
    "MWAA rejects the relay's credentials. Send the request again. If the problem persists, check that the function's role " +
    'still exists and that the region is enabled for the account.',
  environmentNotFound:
    'MWAA has no environment of this name in this account and region. Check mwaaName in the configuration.',
  tokenApi: {
    'name resolution':
      "The relay's VPC cannot resolve this name. Create an airflow.env interface endpoint with private DNS in the VPC, and " +
      'turn on DNS resolution for the VPC.',
    connect:
      'Either the VPC has no airflow.env endpoint with private DNS, so the name resolves to a public address that the relay ' +
      "cannot reach, or the endpoint rejects the connection. Its security group must allow port 443 from the relay's " +
      "security group, and the relay's security group must allow it outbound.",
    TLS:
      'The TLS handshake was cut off, or the certificate is not trusted. Check whether a firewall or proxy intercepts ' +
      'connections to the airflow.env endpoint.',
    exchange: 'The connection was lost. Send the request again.',
  },
  tokenApiTimeout:
    'check that the VPC has an airflow.env endpoint with private DNS, and that its security group allows port 443 from the ' +
    "relay's security group.",
  untrustedHost: 'If this is your custom domain, add it to webServerDomains in the configuration.',
  webServer: {
    'name resolution':
      "The relay's VPC cannot resolve this name. Check that this is the environment's VPC, that DNS resolution is on there, " +
      'and that webServerHostname in the configuration is right.',
    connect:
      'The web server does not accept the connection. The security group of its endpoint must allow port 443 from the ' +
      "relay's security group, and the relay's security group must allow it outbound. If the relay is in another VPC, there " +
      'must be a route between the two.',
    TLS:
      'The TLS handshake was cut off, or the certificate is not trusted for this name. Check webServerHostname in the ' +
      'configuration, and whether a firewall or proxy intercepts the connection.',
    exchange: 'The connection was closed before anything was written. Send the request again.',
  },
  webServerRedirect: 'Set webServerHostname in the configuration to a host that does not redirect.',
  tokenRejected:
    'Check that webServerHostname in the configuration is the host of this environment, and that the environment is ' +
    'AVAILABLE.',
  responseTooLarge: 'Request less output, or raise limits.answerBytes in the configuration.',
  airflowTimeout: 'raise timeouts.postSeconds in the configuration: Airflow needs more time.',
};
