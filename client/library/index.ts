/** The exports of `mwaa-cli-proxy/client`. */
export type {
  CommandResult,
  EnvironmentEntry,
  Explanation,
  GrantedCommand,
  ProblemDetails,
} from './api-types.ts';
export type { CredentialSource, Credentials } from './credentials.ts';
export { type ArgvElement, MwaaCliProxyClient, ProxyProblem, type RunOptions } from './mwaa-cli-proxy-client.ts';
export type { ProxyAddress } from './request-json.ts';
