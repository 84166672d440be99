import type { AgentOptions } from 'node:https';
import { createKeepAliveAgent } from '../../../mwaa/connection/keep-alive-agent.ts';
import { NoResponseError } from '../../../mwaa/connection/no-response-error.ts';
import { resolveEndpoint } from '../../aws/service-endpoint.ts';
import {
  type CredentialSource,
  createSigner,
  readLambdaCredentials,
  type SignedRequest,
} from '../../aws/sign-request.ts';
import type { Invoke } from './invoke.ts';
import { readInvokeResponse } from './read-invoke-response.ts';
import { type ReceivedResponse, sendRequest } from './send-request.ts';

/** Where and as whom to call Lambda. The default is what Lambda's environment variables say. */
export interface LambdaAccess {
  readonly region?: string | undefined;
  readonly endpoint?: string;
  readonly credentials?: CredentialSource;
}

/**
 * Calls Lambda's `Invoke`, once: after a lost connection and some errors of Lambda, the function may run.
 *
 * @param now milliseconds of the wall clock
 * @param network options of the HTTPS agent, for tests
 * @param access for tests
 */
export function createLambdaInvoke(now: () => number, network: AgentOptions = {}, access: LambdaAccess = {}): Invoke {
  const connections = createKeepAliveAgent(now, network);
  const clock = createServerClock(now);
  let prepare: ReturnType<typeof createPrepare> | undefined;
  return async (functionName, payload, signal) => {
    let request: SignedRequest;
    try {
      prepare ??= createPrepare(access);
      request = await prepare(functionName, payload, clock.now());
    } catch (error) {
      return { kind: 'not-prepared', cause: error as Error };
    }
    try {
      const response = await sendRequest(connections, request, signal);
      clock.adjust(response);
      return readInvokeResponse(response);
    } catch (error) {
      if (error instanceof NoResponseError) return { kind: 'no-response', error };
      throw error;
    }
  };
}

/**
 * Creates and signs requests.
 *
 * @throws Error if the function has no region, or the variables contradict each other
 */
function createPrepare({
  region = process.env.AWS_REGION,
  endpoint,
  credentials = readLambdaCredentials,
}: LambdaAccess): (functionName: string, payload: string, at: Date) => Promise<SignedRequest> {
  if (!region) throw new Error('The function has no region');
  const { protocol, hostname, host, port, pathname } =
    endpoint === undefined ? resolveEndpoint('lambda', region, process.env) : new URL(endpoint);
  const sign = createSigner('lambda', region, credentials);
  const start = `${pathname.replace(/\/$/, '')}/2015-03-31/functions/`;
  return async (functionName, payload, at) => {
    const headers = {
      host,
      'content-type': 'application/octet-stream',
      'content-length': String(Buffer.byteLength(payload)),
      ...readTraceHeader(),
    };
    const path = `${start}${encodeURIComponent(functionName)}/invocations`;
    // Node.js writes text together with the headers, and bytes separately.
    const signed = await sign({ method: 'POST', protocol, hostname, path, headers, body: payload }, at);
    return { ...signed, ...(port !== '' && { port: Number(port) }) };
  };
}

/**
 * Passes on the trace of the request, for X-Ray and for Lambda's detection of loops.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
function readTraceHeader(): Record<string, string> {
  const { _X_AMZN_TRACE_ID: trace } = process.env;
  return trace ? { 'x-amzn-trace-id': trace } : {};
}

/** A clock that follows the server's, like that of the AWS SDK: AWS rejects requests whose signature is five minutes off. */
function createServerClock(now: () => number) {
  let offsetMs = 0;
  return {
    now: () => new Date(now() + offsetMs),
    adjust({ headers }: ReceivedResponse) {
      const serverTime = Date.parse(headers.date ?? '');
      // A response from a cache has the time at which it was stored.
      if (!Number.isNaN(serverTime) && headers.age === undefined) offsetMs = serverTime - now();
    },
  };
}
