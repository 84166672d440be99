/** The answer to a command. See `docs/api.md`. */
export interface CommandResult {
  readonly requestId: string;
  readonly environment: string;
  readonly airflowVersion: string;
  readonly command: readonly string[];
  readonly runId?: string;
  /** Of a trigger with a key: whether an earlier request made the run. */
  readonly replayed?: boolean;
  /** `failed`: an answer that comes with exit status 1, as a list of import errors does. */
  readonly outcome: 'succeeded' | 'unverified' | 'failed';
  readonly evidence: string;
  readonly notes: readonly string[];
  /** The JSON value found in standard output, or null. */
  readonly output: unknown;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** What would become of a command. */
export type Explanation =
  | { readonly allowed: true; readonly commandLine: string; readonly grant: string; readonly line: number }
  | { readonly allowed: false; readonly refusal: { readonly code: string; readonly detail: string } };

/** One command that the caller may run, by one sentence of a grant. */
export interface GrantedCommand {
  readonly command: string;
  readonly usage: string;
  readonly grant: string;
  readonly line: number;
  readonly options: readonly string[];
}

export interface EnvironmentEntry {
  readonly name: string;
  readonly airflowVersion: string;
}

/** A problem as the API tells it (RFC 9457). The members after `requestId` depend on its type. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId?: string;
  readonly retrySafe?: boolean;
  readonly runId?: string;
  /** What the outcome was read from. */
  readonly evidence?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}
