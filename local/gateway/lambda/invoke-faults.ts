/** Faults of Lambda's API and of the functions behind it that AWS offers no way to cause, for tests. */
import type { FunctionError } from '../functions/protocol.ts';

/** How an `Invoke` ends, and whether the function runs before. */
export type InvokeFault = (
  | {
      /** A name of an exception, modeled or not. */
      readonly exception: string;
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly when: 'before' | 'after';
    }
  /** The connection ends: before the request is read, after it is read and before the function starts, after the function ran. */
  | { readonly cut: 'before' | 'during' | 'after' }
  /** The function ends with an error, as Lambda reports it. With `before` its handler does not run. */
  | { readonly functionError: keyof typeof FUNCTION_ERRORS; readonly when: 'before' | 'after' }
  /** The function runs and then returns this many bytes. */
  | { readonly responseBytes: number }
) & {
  /** How many invocations fail. Default: all. */
  readonly times?: number;
};

/** Documented or reported by users of AWS: the errors that Lambda itself reports for a function. */
export const FUNCTION_ERRORS = {
  'Sandbox.Timedout': 'Task timed out after 3.00 seconds',
  'Runtime.ExitError': 'Runtime exited with error: exit status 1',
  'Runtime.OutOfMemory': 'Runtime exited with error: signal: killed',
  'Runtime.UnhandledPromiseRejection': 'Error: unhandled',
  'Runtime.ImportModuleError': "Error: Cannot find module 'index'",
  'Runtime.HandlerNotFound': 'index.handler is undefined or not exported',
  'Extension.Crash': 'Extension crashed',
  Error: 'thrown by the handler',
} as const;

export const createFunctionError = (errorType: keyof typeof FUNCTION_ERRORS, requestId: string): FunctionError => ({
  errorType,
  errorMessage:
    errorType === 'Error' ? FUNCTION_ERRORS[errorType] : `RequestId: ${requestId} Error: ${FUNCTION_ERRORS[errorType]}`,
});

export interface InvokeFaults {
  /** Replaces the fault of a function, by its logical id. */
  set(logicalId: string, fault: InvokeFault | undefined): void;
  /** Returns the fault of an invocation, and counts it. */
  take(logicalId: string): InvokeFault | undefined;
  /** Uncounts a fault that could not take effect, because the function did not run. */
  putBack(logicalId: string, fault: InvokeFault): void;
}

export function createInvokeFaults(): InvokeFaults {
  const faults = new Map<string, { fault: InvokeFault; remaining: number }>();
  return {
    set(logicalId, fault) {
      if (fault === undefined) faults.delete(logicalId);
      else faults.set(logicalId, { fault, remaining: fault.times ?? Number.POSITIVE_INFINITY });
    },
    take(logicalId) {
      const entry = faults.get(logicalId);
      if (entry === undefined) return undefined;
      entry.remaining -= 1;
      if (entry.remaining <= 0) faults.delete(logicalId);
      return entry.fault;
    },
    putBack(logicalId, fault) {
      const entry = faults.get(logicalId);
      if (entry === undefined) faults.set(logicalId, { fault, remaining: 1 });
      else if (entry.fault === fault) entry.remaining += 1;
    },
  };
}
