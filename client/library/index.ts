/** The exports of `mwaa-cli-proxy/client`. */
export type {
  CommandResult,
  EnvironmentEntry,
  Explanation,
  GrantedCommand,
  ProblemDetails,
} from './api-types.ts';
export type { CredentialSource, Credentials } from './credentials.ts';
export { type ArgvElement, MwaaCliProxy, ProxyProblem, type RunOptions } from './mwaa-cli-proxy.ts';
export type { ProxyAddress } from './request-json.ts';
