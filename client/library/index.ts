/** The exports of `mwaa-cli-proxy/client`. */
export type {
  CommandResult,
  EnvironmentEntry,
  Explanation,
  GrantedCommand,
  ProblemDetails,
  RunState,
} from './api-types.ts';
export type { CredentialSource, Credentials } from './credentials.ts';
export { MwaaCliProxyClient, type WaitOptions } from './mwaa-cli-proxy-client.ts';
export { ProxyProblem } from './proxy-problem.ts';
export type { ArgvElement, RunOptions } from './request-command.ts';
export type { ProxyAddress } from './request-json.ts';
export { ConnectionError } from './send-http-request.ts';
export { SettingsError } from './settings-error.ts';
export { WaitTimeoutError } from './wait-timeout-error.ts';
