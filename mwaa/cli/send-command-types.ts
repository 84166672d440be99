import type { CliStreams } from '../../airflow/streams.ts';
import type { CliToken } from '../cli-token.ts';
import type { Post } from '../connection/post.ts';
import type { CredentialCache } from '../credential-cache.ts';
import type { Remedies } from '../remedies.ts';

/** One command line to send to MWAA, and what to report if its outcome stays unknown. */
export interface CommandToSend {
  /** The rendered command line. Nothing else is sent. */
  readonly commandLine: string;
  /** The command changes nothing in Airflow, so it may be sent again after an unknown outcome. */
  readonly readOnly: boolean;
  /** A sentence that says how to find out whether the command ran, before it is sent again. */
  readonly unknownOutcomeRemedy?: string;
  /** Members of every problem that occurs after the command was sent, such as `runId`. */
  readonly problemMembers?: Readonly<Record<string, unknown>>;
  /** Time left for the request. Default: `Upstream.requestTimeoutMs`, counted from the call. */
  readonly timeLeftMs?: () => number;
  /** Filled in while sending. Complete even if sending throws. */
  readonly trace?: SendTrace;
}

/** What happened while sending, for the audit record. */
export interface SendTrace {
  /** Whether the command may have run: it was sent, and MWAA did not respond that it was not started. */
  sent?: boolean;
  /** HTTP status of the last response. */
  upstreamStatus?: number;
  /** Number of posts, retries and probes included. */
  posts?: number;
  /** Total duration of the posts. */
  postMs?: number;
  /** Age of the token that was used last. */
  tokenAgeMs?: number;
}

/** A response with the command's output streams. */
export interface DecodedCliResponse {
  readonly status: number;
  readonly streams: CliStreams;
}

/**
 * Sends one command line: gets a token, posts, and retries only what is safe to retry.
 *
 * @throws Problem if there is no response, or one without streams
 */
export type SendCommand = (command: CommandToSend, signal: AbortSignal) => Promise<DecodedCliResponse>;

/** One MWAA environment: its token API and its web server. */
export interface Upstream {
  readonly tokens: CredentialCache<CliToken>;
  readonly post: Post;
  /** What to change when something fails. */
  readonly remedies: Remedies;
  /** Overrides the web server host that MWAA returns with the token. */
  readonly webServerHostname?: string | undefined;
  /** How long a command that MWAA is too busy to start is retried. Default: no retry. */
  readonly busyRetryMs?: number;
  /** Time limit of a whole request. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds of the wall clock. */
  readonly now?: () => number;
  /** A number from 0 to 1. */
  readonly random?: () => number;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Called before each post. Throws a problem if the command may no longer be sent. */
  readonly beforePost?: () => Promise<void>;
}
