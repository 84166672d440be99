/** What the drivers of both languages read and write. `python/tests/contract_driver.py` is the other one. */

/** The names of the calls, and what the clients call them. */
export type CallName = 'run' | 'run state' | 'wait' | 'explain' | 'commands' | 'environments';

export interface CallArguments {
  readonly argv?: readonly (string | number | object)[];
  readonly format?: 'json' | 'raw';
  readonly idempotencyKey?: string;
  readonly waitSeconds?: number;
  /** Whether something listens if the command waits for a slot. */
  readonly listens?: boolean;
  readonly dagId?: string;
  readonly runId?: string;
  readonly timeoutSeconds?: number;
  readonly intervalSeconds?: number;
  readonly appearanceTimeoutSeconds?: number;
}

/** How a client is made: with these values, or from the variables of the shell. */
export type ClientDescription =
  | {
      readonly url: string;
      readonly environment: string;
      readonly region?: string;
      readonly credentials?: {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string;
      };
      readonly token?: string;
    }
  | { readonly variables: Readonly<Record<string, string>> };

export interface CallRequest {
  readonly id: number;
  readonly name: CallName;
  readonly client: ClientDescription;
  readonly arguments: CallArguments;
  readonly cancelAfterMs?: number;
}

export interface CallError {
  readonly kind: 'problem' | 'no response' | 'timeout' | 'settings' | 'canceled' | 'other';
  readonly code?: string;
  readonly detail?: string;
  readonly status?: number;
  readonly retrySafe?: boolean | null;
  readonly outcomeUnknown?: boolean;
  readonly runId?: string | null;
  readonly problem?: object;
  readonly requestSent?: boolean;
  readonly state?: string | null;
  /** Python: the name of the class. */
  readonly type?: string;
}

export type CallAnswer = { readonly id: number; readonly events: readonly string[] } & (
  | { readonly value: unknown }
  | { readonly error: CallError }
);
