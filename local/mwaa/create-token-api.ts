import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { CliTokenIssuer } from './cli-token-issuer.ts';
import type { FaultContext } from './fault-actions.ts';
import type { ActiveFault } from './faults.ts';
import { readWholeBody } from './http-messages.ts';
import type { Journal } from './journal.ts';
import {
  type AwsError,
  decodePathParameter,
  sendAwsError,
  sendOperationResult,
  UNKNOWN_OPERATION,
} from './rest-json-protocol.ts';

/** A request as it came over the wire, for the check of its signature. */
export interface UnverifiedRequest {
  readonly method: string;
  /** Percent-encoded as sent, without the query. */
  readonly rawPath: string;
  /** Without the question mark. */
  readonly rawQuery: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** Who signed, or AWS's name, status and message of the refusal. */
export type CallerVerification<P> =
  | { ok: true; principal: P }
  | { ok: false; code: string; status: number; message: string };

/** What the token API is given: the environments, and who decides about callers. */
export interface TokenApiOptions<P extends { readonly arn: string }> {
  readonly region: string;
  readonly account: string;
  readonly environments: ReadonlyMap<string, { readonly hostname: string; readonly tokens: CliTokenIssuer }>;
  readonly journal: Journal;
  readonly faults: ActiveFault;
  /** A request in a fault's hands. */
  createFaultContext(request: IncomingMessage, response: ServerResponse): FaultContext;
  /** Told of every token that is issued. */
  onToken?(token: string): void;
  now(): number;
  /** Checks Signature Version 4 for the signing name `airflow`. */
  verifySignature(request: UnverifiedRequest): Promise<CallerVerification<P>>;
  isAllowed(principal: P, action: string, resource: string): boolean | Promise<boolean>;
}

const CLI_TOKEN_ROUTE = /^\/clitoken\/([^/]+)$/;
const ENVIRONMENT_NAME_PATTERN = /^[a-zA-Z][0-9a-zA-Z_-]{0,79}$/;

/** The DNS name that `CreateCliToken` is called at (SDK model: host prefix `env.`). */
export function formatTokenApiHostname(region: string): string {
  return `env.airflow.${region}.amazonaws.com`;
}

/**
 * `CreateCliToken`: `POST /clitoken/{Name}`, signed, no body (SDK model). Errors have the shape of AWS's REST-JSON
 * protocol; which ones exist beside ResourceNotFoundException is assumed from AWS's common errors, and so is the order:
 * signature, then permission, then whether the environment exists.
 */
export function createTokenApi<P extends { readonly arn: string }>(api: TokenApiOptions<P>): RequestListener {
  return async (request, response) => {
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split(/\?(.*)/s);
    const [, part] = CLI_TOKEN_ROUTE.exec(rawPath) ?? [];
    if (request.method !== 'POST' || part === undefined) return sendAwsError(response, UNKNOWN_OPERATION);
    const environment = decodePathParameter(part);
    const entry: Journal[number] = { at: api.now(), kind: 'token', environment, path: rawPath, status: null };
    api.journal.push(entry);
    const fault = api.faults.getFor('token API');
    const act = fault?.insteadOfReading ?? fault?.insteadOfRunning;
    if (act !== undefined) {
      api.faults.countHit();
      entry.faultName = api.faults.name ?? '';
      if (!fault?.insteadOfReading) await readWholeBody(request);
      return act(api.createFaultContext(request, response));
    }
    return sendOperationResult(response, { entry, now: api.now() }, () =>
      runCreateCliToken(api, request, { environment, rawPath, rawQuery }),
    );
  };
}

type CreateCliTokenResult = { CliToken: string; WebServerHostname: string } | AwsError;

async function runCreateCliToken<P extends { readonly arn: string }>(
  api: TokenApiOptions<P>,
  request: IncomingMessage,
  { environment, rawPath, rawQuery }: { environment: string; rawPath: string; rawQuery: string },
): Promise<CreateCliTokenResult> {
  const body = await readWholeBody(request);
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
  const found = api.environments.get(environment);
  if (!found) {
    return { status: 404, code: 'ResourceNotFoundException', message: `No such environment: ${environment}` };
  }
  const lifeSeconds = api.faults.getFor('token API')?.tokenLifetimeSeconds;
  if (lifeSeconds !== undefined) api.faults.countHit();
  const token = await found.tokens.issueToken(lifeSeconds);
  api.onToken?.(token);
  return { CliToken: token, WebServerHostname: found.hostname };
}
