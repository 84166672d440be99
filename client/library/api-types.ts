/** The members of every response to a command. See `docs/api.md`. */
interface CommandResultMembers {
  readonly requestId: string;
  readonly environment: string;
  readonly airflowVersion: string;
  readonly command: readonly string[];
  readonly runId?: string;
  /** For a trigger with an idempotency key: true if an earlier request created the run. */
  readonly replayed?: boolean;
  /** `failed` is returned for commands whose exit code 1 is a regular result, such as a list of import errors. */
  readonly outcome: 'succeeded' | 'unverified' | 'failed';
  readonly evidence: string;
  readonly notes: readonly string[];
  /** The JSON value found in standard output, or null. Integers above 2^53 are rounded; `stdout` has the exact text. */
  readonly output: unknown;
  readonly durationMs: number;
  /** How long the request waited for a free slot of the environment, in milliseconds. */
  readonly queuedMs?: number;
}

/** The response to a command. See `docs/api.md`. */
export interface CommandResult extends CommandResultMembers {
  readonly stdout: string;
  readonly stderr: string;
}

/** What was printed besides the answer of a command. */
export interface StreamMessage {
  readonly stream: 'stdout' | 'stderr';
  readonly kind: 'notice' | 'warning' | 'log' | 'text';
  readonly text: string;
}

/** The response to a request with `"streams": "split"`. */
export interface SplitCommandResult extends CommandResultMembers {
  readonly answer: string;
  readonly messages: readonly StreamMessage[];
}

/** The state of a DAG run, the same for every release. Absent members are not shown by the commands of the release. */
export interface RunState {
  readonly dagId: string;
  readonly runId: string;
  readonly state: 'queued' | 'running' | 'success' | 'failed';
  /** ISO 8601. */
  readonly logicalDate?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

/** Whether a command is allowed and what would be sent, or why it is refused. */
export type Explanation =
  | { readonly allowed: true; readonly commandLine: string; readonly grant: string; readonly line: number }
  | { readonly allowed: false; readonly refusal: { readonly code: string; readonly detail: string } };

/** One command or REST operation that the caller may use, and the rule of the grant that allows it. */
export interface GrantedCommand {
  /** `dags trigger`, `api GET /dags/{dag_id}`. */
  readonly command: string;
  readonly usage: string;
  readonly grant: string;
  readonly line: number;
  readonly options: readonly string[];
  /** Of a command: the REST operations whose requests the grant may allow, too. Absent: none. */
  readonly operations?: readonly string[];
}

export interface EnvironmentEntry {
  readonly name: string;
  readonly airflowVersion: string;
}

/** A problem in the API's JSON format (RFC 9457). The members after `requestId` depend on its type. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId?: string;
  readonly retrySafe?: boolean;
  readonly runId?: string;
  /** How long the request waited for a free slot of the environment, in milliseconds. */
  readonly queuedMs?: number;
  /** For `not-found`: the environments that the caller can use. */
  readonly environments?: readonly string[];
  /** What the proxy derived the outcome from. */
  readonly evidence?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}
