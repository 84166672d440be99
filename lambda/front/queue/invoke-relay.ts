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
export const createInvokeRelay = (): InvokeRelay => { throw new Error("stub"); };
