import type { NoResponseError } from '../../../mwaa/connection/no-response-error.ts';
import type { InvokeError } from './invoke-errors.ts';

/** What became of one call of Lambda's `Invoke`. */
export type InvokeResult =
  | { readonly kind: 'response'; readonly payload: Uint8Array }
  /** The function was started and failed. The payload describes the error. */
  | { readonly kind: 'function-error'; readonly payload: Uint8Array }
  /** Lambda responded with an error. */
  | { readonly kind: 'error'; readonly error: InvokeError; readonly retryAfterMs?: number; readonly cause: Error }
  /** There is no complete response. `error.sent` says whether the request was sent. */
  | { readonly kind: 'no-response'; readonly error: NoResponseError }
  /** The request could not be created or signed. */
  | { readonly kind: 'not-prepared'; readonly cause: Error };

/** Invokes a function once and waits for its response. `create-lambda-invoke.ts` implements it over HTTPS. Tests script it. */
export type Invoke = (functionName: string, payload: string, signal: AbortSignal) => Promise<InvokeResult>;
