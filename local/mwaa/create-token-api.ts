import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from '../read-body.ts';
import type { CallerAuthorization, MwaaCaller } from './caller-authorization.ts';
import type { FaultContext } from './fault-actions.ts';
import type { ActiveFault } from './faults.ts';
import type { Journal } from './journal.ts';
import {
  type AwsError,
  decodePathParameter,
  sendAwsError,
  sendOperationResult,
  UNKNOWN_OPERATION,
} from './rest-json-protocol.ts';
import type { CliTokenClaims, TokenIssuer, WebTokenClaims } from './token-issuer.ts';

/** The tokens of one environment. */
export interface TokenApiEnvironment {
  readonly hostname: string;
  readonly tokens: TokenIssuer<CliTokenClaims>;
  readonly webTokens: TokenIssuer<WebTokenClaims>;
}

export interface TokenApiOptions<P extends MwaaCaller> extends CallerAuthorization<P> {
  readonly region: string;
  readonly account: string;
  readonly environments: ReadonlyMap<string, TokenApiEnvironment>;
  readonly journal: Journal;
  readonly faults: ActiveFault;
  createFaultContext(request: IncomingMessage, response: ServerResponse): FaultContext;
  /** Called with every token that is issued. */
  onToken?(token: string): void;
  now(): number;
}

const TOKEN_ROUTE = /^\/(clitoken|webtoken)\/([^/]+)$/;
const ENVIRONMENT_NAME_PATTERN = /^[a-zA-Z][0-9a-zA-Z_-]{0,79}$/;

/** Host name of `CreateCliToken` and `CreateWebLoginToken` (SDK model: host prefix `env.`). */
export function formatTokenApiHostname(region: string): string {
  return `env.airflow.${region}.amazonaws.com`;
}

/**
 * `CreateCliToken`, `POST /clitoken/{Name}`, and `CreateWebLoginToken`, `POST /webtoken/{Name}`: signed, without a body (SDK model).
 * Errors use AWS's REST-JSON protocol. Assumed: which errors exist besides ResourceNotFoundException (AWS's common errors), and the
 * order of the checks: signature, permission, existence of the environment.
 */
export function createTokenApi<P extends MwaaCaller>(api: TokenApiOptions<P>): RequestListener {
  return async (request, response) => {
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split(/\?(.*)/s);
    const [, kind, part] = TOKEN_ROUTE.exec(rawPath) ?? [];
    if (request.method !== 'POST' || part === undefined) return sendAwsError(response, UNKNOWN_OPERATION);
    const environment = decodePathParameter(part);
    const isWebLogin = kind === 'webtoken';
    const entry: Journal[number] = {
      at: api.now(),
      kind: isWebLogin ? 'web-token' : 'token',
      environment,
      path: rawPath,
      status: null,
    };
    api.journal.push(entry);
    const fault = api.faults.getFor('token API');
    const faultAction = fault?.insteadOfReading ?? fault?.insteadOfRunning;
    if (faultAction !== undefined) {
      api.faults.countHit();
      entry.faultName = api.faults.name ?? '';
      if (!fault?.insteadOfReading) await readBody(request);
      return faultAction(api.createFaultContext(request, response));
    }
    const createToken = isWebLogin ? createWebLoginToken : createCliToken;
    return sendOperationResult(response, { entry, now: api.now() }, async () => {
      const body = await readBody(request);
      const caller = await api.verifySignature({ method: 'POST', rawPath, rawQuery, headers: request.headers, body });
      if (!caller.ok) return { status: caller.status, code: caller.code, message: caller.message };
      if (ENVIRONMENT_NAME_PATTERN.test(environment)) return createToken(api, caller.principal, environment);
      return {
        status: 400,
        code: 'ValidationException',
        message: `Value at 'name' must satisfy the pattern ${ENVIRONMENT_NAME_PATTERN.source}`,
      };
    });
  };
}

async function createCliToken<P extends MwaaCaller>(
  api: TokenApiOptions<P>,
  principal: P,
  environment: string,
): Promise<object | AwsError> {
  const resource = `arn:aws:airflow:${api.region}:${api.account}:environment/${environment}`;
  if (!(await api.isAllowed(principal, 'airflow:CreateCliToken', resource))) {
    return createDenial(principal, 'airflow:CreateCliToken', resource);
  }
  const target = api.environments.get(environment);
  if (target === undefined) return createNotFound(environment);
  const token = await target.tokens.issueToken({ user: 'root' }, takeLifetimeSeconds(api));
  api.onToken?.(token);
  return { CliToken: token, WebServerHostname: target.hostname };
}

/** Airflow's default roles, from the one that may do most (AWS documentation, "Apache Airflow access modes"). */
const AIRFLOW_ROLES = ['Admin', 'Op', 'User', 'Viewer', 'Public'] as const;

/**
 * The caller's permission names the role in Airflow: `arn:…:role/{environment}/{role}` (service authorization reference). Assumed: whoever
 * is allowed several gets the one that may do most, and a caller that is allowed none is denied for the role `Admin`.
 */
async function createWebLoginToken<P extends MwaaCaller>(
  api: TokenApiOptions<P>,
  principal: P,
  environment: string,
): Promise<object | AwsError> {
  const action = 'airflow:CreateWebLoginToken';
  const toArn = (role: string) => `arn:aws:airflow:${api.region}:${api.account}:role/${environment}/${role}`;
  const allowed = await Promise.all(AIRFLOW_ROLES.map((role) => api.isAllowed(principal, action, toArn(role))));
  const role = AIRFLOW_ROLES[allowed.indexOf(true)];
  if (role === undefined) return createDenial(principal, action, toArn(AIRFLOW_ROLES[0]));
  const target = api.environments.get(environment);
  if (target === undefined) return createNotFound(environment);
  const identity = principal.arn.split(':')[5] ?? principal.arn;
  const sub = toAirflowIdentity(identity);
  const token = await target.webTokens.issueToken({ sub, role }, takeLifetimeSeconds(api));
  api.onToken?.(token);
  return { WebToken: token, WebServerHostname: target.hostname, IamIdentity: identity, AirflowIdentity: sub };
}

/** Name of the user in Airflow (SDK model: at most 64 characters, a longer name is hashed). Assumed: how it is hashed. */
const toAirflowIdentity = (identity: string): string =>
  identity.length <= 64 ? identity : createHash('sha256').update(identity).digest('hex');

function takeLifetimeSeconds({ faults }: Pick<TokenApiOptions<MwaaCaller>, 'faults'>): number | undefined {
  const lifetimeSeconds = faults.getFor('token API')?.tokenLifetimeSeconds;
  if (lifetimeSeconds !== undefined) faults.countHit();
  return lifetimeSeconds;
}

const createDenial = ({ arn }: MwaaCaller, action: string, resource: string): AwsError => ({
  status: 403,
  code: 'AccessDeniedException',
  message: `User: ${arn} is not authorized to perform: ${action} on resource: ${resource}`,
});

const createNotFound = (environment: string): AwsError => ({
  status: 404,
  code: 'ResourceNotFoundException',
  message: `No such environment: ${environment}`,
});
