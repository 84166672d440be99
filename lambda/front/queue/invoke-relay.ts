import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Problem } from '../../../contract/problem.ts';

export interface RelayTarget {
  readonly functionName: string;
  readonly slots: number | 'unreserved';
}
export interface QueueLimits {
  readonly waitMs: number;
  readonly deadline: number;
}
export interface QueueTrace {
  queuedMs?: number;
  throttles?: number;
  attempts?: number;
}
export type InvokeRelay = (
  target: RelayTarget,
  createPayload: (queuedMs: number) => string,
  limits: QueueLimits,
  trace: QueueTrace,
) => Promise<Uint8Array>;
export class RelayOutcomeUnknownError extends Error {}
export const createInvokeRelay = (): InvokeRelay => {
  const client = new LambdaClient({ maxAttempts: 1 });
  return async (target, createPayload, limits, trace) => {
    const startedAt = Date.now();
    for (;;) {
      trace.queuedMs = Date.now() - startedAt;
      try {
        const { Payload, FunctionError } = await client.send(
          new InvokeCommand({ FunctionName: target.functionName, Payload: createPayload(trace.queuedMs) }),
        );
        if (FunctionError) throw new RelayOutcomeUnknownError(`the relay ended before it responded (${FunctionError})`);
        return Payload!;
      } catch (error) {
        if ((error as Error).name !== 'TooManyRequestsException') {
          if (error instanceof RelayOutcomeUnknownError) throw error;
          console.error(error);
          throw new Problem('relay-unavailable', String(error));
        }
        trace.throttles = (trace.throttles ?? 0) + 1;
        if (Date.now() - startedAt > limits.waitMs) throw new Problem('busy', 'busy');
        await new Promise((r) => setTimeout(r, 300 + Math.random() * 300));
      }
    }
  };
};
