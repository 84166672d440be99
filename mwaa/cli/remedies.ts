import type { ConnectionStep } from '../connection/connection-step.ts';

/** What to change, in the words of whoever goes to MWAA: a relay in its VPC, or a person's own machine. Sentences. */
export interface Remedies {
  /** Who goes, to stand before "failed". */
  readonly subject: string;
  /** MWAA answers that the role or user may not have a token. */
  readonly notPermitted: string;
  /** MWAA does not take the credentials. */
  readonly invalidCredentials: string;
  readonly environmentNotFound: string;
  /** The MWAA API cannot be reached, by the step that failed. */
  readonly tokenApi: Readonly<Record<ConnectionStep, string>>;
  /** The MWAA API did not answer in time, and a repeat does not help. */
  readonly tokenApiTimeout: string;
  /** MWAA names a host that is none of its own. */
  readonly untrustedHost: string;
  /** The web server cannot be reached, by the step that failed. */
  readonly webServer: Readonly<Record<ConnectionStep, string>>;
  readonly webServerRedirect: string;
  /** The web server takes no token of this environment. */
  readonly tokenRejected: string;
  readonly responseTooLarge: string;
  /** To stand after "if it stays so,". */
  readonly airflowTimeout: string;
}

/** The relay's: callers pass it on to those who deploy. */
export const RELAY_REMEDIES: Remedies = {
  subject: 'the relay',
  notPermitted:
    "The relay's role needs airflow:CreateCliToken on this environment, and the policy of the airflow.env endpoint must " +
    'let it through.',
  invalidCredentials:
    "MWAA does not take the relay's credentials. Send the request again; if it stays so, check that the function's role " +
    'still exists and that the region is enabled for the account.',
  environmentNotFound:
    'MWAA has no environment of this name in this account and region: check mwaaName in the configuration.',
  tokenApi: {
    'name resolution':
      "Its name cannot be resolved in the relay's VPC: the VPC needs an interface endpoint for airflow.env with private " +
      'DNS on, and DNS resolution of its own.',
    connect:
      'Either the VPC has no airflow.env endpoint with private DNS on, and the name leads out of the VPC, where there is no ' +
      "way; or the endpoint takes no connection: its security group must let in port 443 from the relay's, and the relay's " +
      'must let it out.',
    TLS: 'The airflow.env endpoint speaks no TLS the relay trusts: see that nothing on the way answers in its place.',
    exchange: 'The connection was lost: send the request again.',
  },
  tokenApiTimeout:
    'check that the VPC has an airflow.env endpoint with private DNS on, and that its security group lets in port 443 from ' +
    "the relay's.",
  untrustedHost: 'If that is your custom domain, add it to webServerDomains in the configuration.',
  webServer: {
    'name resolution':
      "Its name cannot be resolved in the relay's VPC: check that this is the environment's VPC, that DNS resolution is on " +
      'there, and webServerHostname in the configuration.',
    connect:
      "It takes no connection: the security group of the web server's endpoint must let in port 443 from the relay's, and " +
      "the relay's must let it out; where the relay is in another VPC, there must be a route between them.",
    TLS:
      'It shows no certificate the relay trusts for this name, or cuts the connection off before one: check webServerHostname ' +
      'in the configuration, and what on the way may answer in its place.',
    exchange: 'The connection was closed before the command was written: send the request again.',
  },
  webServerRedirect: 'Set webServerHostname in the configuration to the host that answers by itself.',
  tokenRejected:
    "it does not take the tokens that MWAA issues to the relay. Check that webServerHostname in the configuration is this environment's, and that " +
    'the environment is AVAILABLE.',
  responseTooLarge: 'Ask for less, or raise limits.answerBytes in the configuration.',
  airflowTimeout: 'Airflow needs longer than timeouts.postSeconds allows',
};
