/** What `mwaa-cli-proxy/client` exports. */
export type {
  CommandAnswer,
  EnvironmentEntry,
  Explanation,
  GrantedCommand,
  ProblemDetails,
} from './answers.ts';
export type { CredentialSource, Credentials } from './credentials.ts';
export { MwaaCliProxy, ProxyProblem, type RunOptions, type Word } from './mwaa-cli-proxy.ts';
export type { ProxyAddress } from './request.ts';
