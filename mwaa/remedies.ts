import type { ConnectionStep } from './connection/connection-step.ts';

/**
 * What to change when MWAA cannot be used. A relay in its VPC and a direct client on someone's machine need different advice.
 * Each member is one or more sentences, unless it says otherwise.
 */
export interface Remedies {
  /** The client of MWAA, as the subject of a sentence: `the relay` in "the relay failed". */
  readonly subject: string;
  /** MWAA does not allow the role or user to create a token. */
  readonly notPermitted: string;
  /** MWAA rejects the credentials. */
  readonly invalidCredentials: string;
  readonly environmentNotFound: string;
  /** The MWAA API cannot be reached, by the step that failed. */
  readonly tokenApi: Readonly<Record<ConnectionStep, string>>;
  /** The MWAA API timed out more than once. A clause to follow "If the problem persists,". */
  readonly tokenApiTimeout: string;
  /** MWAA returned a web server host outside of its own domains. */
  readonly untrustedHost: string;
  /** The web server cannot be reached, by the step that failed. */
  readonly webServer: Readonly<Record<ConnectionStep, string>>;
  readonly webServerRedirect: string;
  /** The web server rejects every token of this environment. */
  readonly tokenRejected: string;
  readonly responseTooLarge: string;
  /** Airflow timed out more than once. A clause to follow "If the problem persists,". */
  readonly airflowTimeout: string;
}
