import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { CliTokens } from './cli-token.ts';
import type { Exchange } from './fault-acts.ts';
import type { ActiveFault } from './faults.ts';
import { readBody } from './http.ts';
import type { Journal } from './journal.ts';
import { type AwsRefusal, answer, decoded, NO_SUCH_OPERATION, refuse } from './rest-json.ts';

/** A request as it came over the wire, for the check of its signature. */
export interface SignedRequest {
  readonly method: string;
  /** Percent-encoded as sent, without the query. */
  readonly rawPath: string;
  /** Without the question mark. */
  readonly rawQuery: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** Who signed, or AWS's name, status and message of the refusal. */
export type Verification<P> = { ok: true; principal: P } | { ok: false; code: string; status: number; message: string };

/** What the token API is given: the environments, and who decides about callers. */
export interface TokenApi<P extends { readonly arn: string }> {
  readonly region: string;
  readonly account: string;
  readonly environments: ReadonlyMap<string, { readonly hostname: string; readonly tokens: CliTokens }>;
  readonly journal: Journal;
  readonly faults: ActiveFault;
  /** A request in a fault's hands. */
  exchange(request: IncomingMessage, response: ServerResponse): Exchange;
  /** Told of every token that is issued. */
  onToken?(token: string): void;
  now(): number;
  /** Checks Signature Version 4 for the signing name `airflow`. */
  verify(request: SignedRequest): Promise<Verification<P>>;
  isAllowed(principal: P, action: string, resource: string): boolean | Promise<boolean>;
}

const ROUTE = /^\/clitoken\/([^/]+)$/;
const NAME = /^[a-zA-Z][0-9a-zA-Z_-]{0,79}$/;

/** The DNS name that `CreateCliToken` is called at (SDK model: host prefix `env.`). */
export function tokenApiHostname(region: string): string {
  return `env.airflow.${region}.amazonaws.com`;
}

/**
 * `CreateCliToken`: `POST /clitoken/{Name}`, signed, no body (SDK model). Errors have the shape of AWS's REST-JSON
 * protocol; which ones exist beside ResourceNotFoundException is assumed from AWS's common errors, and so is the order:
 * signature, then permission, then whether the environment exists.
 */
export function tokenApi<P extends { readonly arn: string }>(api: TokenApi<P>): RequestListener {
  return async (request, response) => {
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split(/\?(.*)/s);
    const [, part] = ROUTE.exec(rawPath) ?? [];
    if (request.method !== 'POST' || part === undefined) return refuse(response, NO_SUCH_OPERATION);
    const environment = decoded(part);
    const entry: Journal[number] = { at: api.now(), kind: 'token', environment, path: rawPath, status: null };
    api.journal.push(entry);
    const fault = api.faults.at('token API');
    const act = fault?.unread ?? fault?.before;
    if (act !== undefined) {
      api.faults.struck();
      entry.struck = api.faults.name ?? '';
      if (!fault?.unread) await readBody(request);
      return act(api.exchange(request, response));
    }
    return answer(response, { entry, now: api.now() }, () =>
      createCliToken(api, request, { environment, rawPath, rawQuery }),
    );
  };
}

type Outcome = { CliToken: string; WebServerHostname: string } | AwsRefusal;

async function createCliToken<P extends { readonly arn: string }>(
  api: TokenApi<P>,
  request: IncomingMessage,
  { environment, rawPath, rawQuery }: { environment: string; rawPath: string; rawQuery: string },
): Promise<Outcome> {
  const body = await readBody(request);
  const caller = await api.verify({ method: 'POST', rawPath, rawQuery, headers: request.headers, body });
  if (!caller.ok) return { status: caller.status, code: caller.code, message: caller.message };
  if (!NAME.test(environment)) {
    return {
      status: 400,
      code: 'ValidationException',
      message: `Value at 'name' must satisfy the pattern ${NAME.source}`,
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
  const lifeSeconds = api.faults.at('token API')?.tokenLifeSeconds;
  if (lifeSeconds !== undefined) api.faults.struck();
  const token = await found.tokens.mint(lifeSeconds);
  api.onToken?.(token);
  return { CliToken: token, WebServerHostname: found.hostname };
}
