import type { AirflowResult } from '../airflow/airflow-runner.ts';

/** How this MWAA behaves where AWS documents nothing and reports differ. */
export interface WebServerBehavior {
  /** Lines that MWAA prints to stdout before the output, and an ANSI reset. Default true. */
  readonly printsLogNotice?: boolean;
  /** Status of a command that failed. 200 is reported, 400 is plausible. Default 200. */
  readonly failureStatus?: 200 | 400;
  /** Adds the exit code as `returncode`, which one public client reads. Default false. */
  readonly returncode?: boolean;
  /** An empty stream is null instead of an empty string. Default false. */
  readonly nullStreams?: boolean;
  /** Whether the 307 of Airflow 3 names the whole address or only the path. Default `absolute`. */
  readonly redirect?: 'absolute' | 'relative';
  /** Commands at once; one more is answered with 503. AWS: "typically" four. Default 4. */
  readonly maxConcurrentCommands?: number;
  /** Commands refused with a status of their own, on top of those AWS does not list (403). */
  readonly rejectedCommands?: Readonly<Record<string, number>>;
}

/** A complete answer. */
export interface TextResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * Printed by the constructor of MWAA's own log handlers, which are in the published images, where a log group is
 * switched off. Reported on stdout before a command's output. The ANSI reset is reported too; its place is assumed.
 */
export const LOG_HANDLER_NOTICE = [
  'CloudWatch logging is disabled for TaskLogHandler',
  'CloudWatch logging is disabled for DagProcessingLogHandler',
  'CloudWatch logging is disabled for SubprocessLogHandler',
  '\u001b[0m',
].join('\n');

/** A finished command as `/aws_mwaa/cli` answers it: JSON with both streams in base64 (documented). */
export function createCliResponse(finished: AirflowResult, dress: WebServerBehavior): TextResponse {
  const { exitCode, stdout, stderr } = finished;
  const stream = (bytes: Buffer) => (dress.nullStreams && bytes.length === 0 ? null : bytes.toString('base64'));
  const noisy = (dress.printsLogNotice ?? true) && !(dress.nullStreams && stdout.length === 0);
  return {
    status: exitCode === 0 ? 200 : (dress.failureStatus ?? 200),
    contentType: 'application/json', // assumed
    body: JSON.stringify({
      stdout: stream(noisy ? Buffer.concat([Buffer.from(LOG_HANDLER_NOTICE), stdout]) : stdout),
      stderr: stream(stderr),
      ...(dress.returncode ? { returncode: exitCode } : {}),
    }),
  };
}
