import type { AgentOptions } from 'node:https';
import { InvokeCommand, LambdaClient, type LambdaClientConfig, LambdaServiceException } from '@aws-sdk/client-lambda';
import { createKeepAliveAgent } from '../../../mwaa/connection/keep-alive-agent.ts';
import { NoResponseError } from '../../../mwaa/connection/no-response-error.ts';
import type { Invoke, InvokeResult } from './invoke.ts';
import { type SignedRequest, sendRequest } from './send-request.ts';

/**
 * Calls Lambda's `Invoke`, once: the SDK repeats lost connections and errors of Lambda, after which the function may run.
 *
 * @param now milliseconds of the wall clock
 * @param network options of the HTTPS agent, for tests
 * @param config further settings of the client, for tests
 */
export function createLambdaInvoke(
  now: () => number,
  network: AgentOptions = {},
  config: Pick<LambdaClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
): Invoke {
  const connections = createKeepAliveAgent(now, network);
  const client = new LambdaClient({
    ...config,
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: SignedRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) => ({
        response: await sendRequest(connections, request, abortSignal!),
      }),
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    } as unknown as NonNullable<LambdaClientConfig['requestHandler']>,
  });
  return async (functionName, payload, signal) => {
    const command = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(payload, 'utf8') });
    // Everything before the last step of the SDK prepares the request, for example reads credentials.
    let isPrepared = false;
    command.middlewareStack.add(
      (next) => (args) => {
        isPrepared = true;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    try {
      const { Payload = new Uint8Array(), FunctionError } = await client.send(command, { abortSignal: signal });
      return FunctionError === undefined
        ? { kind: 'response', payload: Payload }
        : { kind: 'function-error', payload: Payload };
    } catch (error) {
      return describeError(error as Error, isPrepared);
    }
  };
}

function describeError(cause: Error, isPrepared: boolean): InvokeResult {
  if (cause instanceof NoResponseError) return { kind: 'no-response', error: cause };
  if (!isPrepared) return { kind: 'not-prepared', cause };
  if (!(cause instanceof LambdaServiceException)) {
    // The SDK could not read the response, for example because a proxy responded.
    const status = (cause as Partial<LambdaServiceException>).$metadata?.httpStatusCode;
    return { kind: 'error', error: { name: 'unreadable response', status: status ?? 0 }, cause };
  }
  const { name, $metadata, Reason, retryAfterSeconds } = cause as LambdaServiceException & {
    readonly Reason?: unknown;
    readonly retryAfterSeconds?: unknown;
  };
  const retryAfterMs = Number(retryAfterSeconds ?? Number.NaN) * 1000;
  return {
    kind: 'error',
    error: {
      name,
      status: $metadata.httpStatusCode ?? 0,
      ...(typeof Reason === 'string' && { reason: Reason }),
    },
    ...(retryAfterMs > 0 && { retryAfterMs }),
    cause,
  };
}
