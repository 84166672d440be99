import type { Catalog } from '../../airflow/catalog.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import type { TriggerContent } from '../../airflow/trigger-content.ts';
import type { SendCommand, SendTrace } from './send-command-types.ts';

/** One environment, and how to send commands to it. */
export interface EnvironmentConnection {
  readonly environment: {
    readonly name: string;
    /** Release, as in `2.10.3`. */
    readonly airflow: string;
    readonly catalog: Catalog;
    /** Size limit of each stream and of the output in a response, in bytes. */
    readonly limits: { readonly outputBytes: number };
  };
  readonly send: SendCommand;
  /** Ends the wait for MWAA. */
  readonly signal: AbortSignal;
  /** Time left until the signal aborts. */
  readonly timeLeftMs: () => number;
}

/** One command that is ready to be sent, and what to report about it. */
export interface PreparedCommand {
  readonly invocation: Invocation;
  /** What is sent. Default: the rendered invocation. */
  readonly commandLine?: string;
  /** What a trigger with an idempotency key asks for. An existing run with its id is compared with it. */
  readonly keyedContent?: TriggerContent;
  /** Sending it again has no second effect: it changes nothing, or its idempotency key makes repeats a single run. */
  readonly retrySafe: boolean;
  /** A sentence that says what to do if the outcome is unknown. */
  readonly unknownOutcomeRemedy: string;
  /** Members of every response. */
  readonly responseMembers: Readonly<Record<string, unknown>>;
  /** The response has the answer and the messages in place of the streams. */
  readonly streams?: 'split';
}

/** What happened to a command. Filled in while it is executed. Complete even if `executeCommand` throws. */
export interface ExecutionRecord {
  trace?: SendTrace;
  outcome?: string;
  replayed?: boolean;
}
