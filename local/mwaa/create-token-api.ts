import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from '../read-body.ts';
import type { CallerAuthorization, MwaaCaller } from './caller-authorization.ts';
import type { CliTokenIssuer } from './cli-token-issuer.ts';
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

export interface TokenApiOptions<P extends MwaaCaller> extends CallerAuthorization<P> {
  readonly region: string;
  readonly account: string;
  readonly environments: ReadonlyMap<string, { readonly hostname: string; readonly tokens: CliTokenIssuer }>;
  readonly journal: Journal;
  readonly faults: ActiveFault;
  createFaultContext(request: IncomingMessage, response: ServerResponse): FaultContext;
  /** Called with every token that is issued. */
  onToken?(token: string): void;
  now(): number;
}

const CLI_TOKEN_ROUTE = /^\/clitoken\/([^/]+)$/;
const ENVIRONMENT_NAME_PATTERN = /^[a-zA-Z][0-9a-zA-Z_-]{0,79}$/;

/** Host name of `CreateCliToken` (SDK model: host prefix `env.`). */
export function formatTokenApiHostname(region: string): string {
  return `env.airflow.${region}.amazonaws.com`;
}

/**
 * `CreateCliToken`: `POST /clitoken/{Name}`, signed, without a body (SDK model). Errors use AWS's REST-JSON protocol. Assumed: which
 * errors exist besides ResourceNotFoundException (AWS's common errors), and the order of the checks: signature, permission,
 * existence of the environment.
 */
export function createTokenApi<P extends MwaaCaller>(api: TokenApiOptions<P>): RequestListener {
  return async (request, response) => {
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split(/\?(.*)/s);
    const [, part] = CLI_TOKEN_ROUTE.exec(rawPath) ?? [];
    if (request.method !== 'POST' || part === undefined) return sendAwsError(response, UNKNOWN_OPERATION);
    const environment = decodePathParameter(part);
    const entry: Journal[number] = { at: api.now(), kind: 'token', environment, path: rawPath, status: null };
    api.journal.push(entry);
    const fault = api.faults.getFor('token API');
    const faultAction = fault?.insteadOfReading ?? fault?.insteadOfRunning;
    if (faultAction !== undefined) {
      api.faults.countHit();
      entry.faultName = api.faults.name ?? '';
      if (!fault?.insteadOfReading) await readBody(request);
      return faultAction(api.createFaultContext(request, response));
    }
    return sendOperationResult(response, { entry, now: api.now() }, () =>
      runCreateCliToken(api, request, { environment, rawPath, rawQuery }),
    );
  };
}

type CreateCliTokenResult = { CliToken: string; WebServerHostname: string } | AwsError;

async function runCreateCliToken<P extends MwaaCaller>(
  api: TokenApiOptions<P>,
  request: IncomingMessage,
  { environment, rawPath, rawQuery }: { environment: string; rawPath: string; rawQuery: string },
): Promise<CreateCliTokenResult> {
  const body = await readBody(request);
  const caller = await api.verifySignature({ method: 'POST', rawPath, rawQuery, headers: request.headers, body });
  if (!caller.ok) return { status: caller.status, code: caller.code, message: caller.message };
  if (!ENVIRONMENT_NAME_PATTERN.test(environment)) {
    return {
      status: 400,
      code: 'ValidationException',
      message: `Value at 'name' must satisfy the pattern ${ENVIRONMENT_NAME_PATTERN.source}`,
    };
  }
  const resource = `arn:aws:airflow:${api.region}:${api.account}:environment/${environment}`;
  if (!(await api.isAllowed(caller.principal, 'airflow:CreateCliToken', resource))) {
    const message = `User: ${caller.principal.arn} is not authorized to perform: airflow:CreateCliToken on resource: ${resource}`;
    return { status: 403, code: 'AccessDeniedException', message };
  }
  const target = api.environments.get(environment);
  if (!target) {
    return { status: 404, code: 'ResourceNotFoundException', message: `No such environment: ${environment}` };
  }
  const lifetimeSeconds = api.faults.getFor('token API')?.tokenLifetimeSeconds;
  if (lifetimeSeconds !== undefined) api.faults.countHit();
  const token = await target.tokens.issueToken(lifetimeSeconds);
  api.onToken?.(token);
  return { CliToken: token, WebServerHostname: target.hostname };
}
