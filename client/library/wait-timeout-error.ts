import type { RunState } from './api-types.ts';

/** A run has not finished in the time that `MwaaCliProxyClient.wait` waits. The run continues. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  /** The last state that was read. Undefined if none could be read. */
  readonly state: RunState['state'] | undefined;

  constructor(runId: string, timeoutMs: number, state: RunState['state'] | undefined) {
    super(`Run ${runId} has not finished after ${timeoutMs / 1000} s. Its last state is ${state ?? 'unknown'}.`);
    this.state = state;
  }
}
