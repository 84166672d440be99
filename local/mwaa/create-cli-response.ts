import type { AirflowResult } from '../airflow/airflow-runner.ts';
import type { TextResponse } from './http-messages.ts';
import type { WebServerBehavior } from './web-server-behavior.ts';

/**
 * Lines that the constructors of MWAA's log handlers, which are part of the published images, print for a disabled log group. Reported
 * on stdout before the output of a command. The ANSI reset is reported too; its position is assumed.
 */
export const LOG_HANDLER_NOTICE = [
  'CloudWatch logging is disabled for TaskLogHandler',
  'CloudWatch logging is disabled for DagProcessingLogHandler',
  'CloudWatch logging is disabled for SubprocessLogHandler',
  '\u001b[0m',
].join('\n');

/** Returns the response of `/aws_mwaa/cli` for a command that has run: JSON with both streams in base64 (documented). */
export function createCliResponse(
  { exitCode, stdout, stderr }: AirflowResult,
  { printsLogNotice = true, failureStatus = 200, returncode = false, nullStreams = false }: WebServerBehavior,
): TextResponse {
  const encode = (stream: Buffer) => (nullStreams && stream.length === 0 ? null : stream.toString('base64'));
  const hasNotice = printsLogNotice && !(nullStreams && stdout.length === 0);
  return {
    status: exitCode === 0 ? 200 : failureStatus,
    contentType: 'application/json', // assumed
    body: JSON.stringify({
      stdout: encode(hasNotice ? Buffer.concat([Buffer.from(LOG_HANDLER_NOTICE), stdout]) : stdout),
      stderr: encode(stderr),
      ...(returncode ? { returncode: exitCode } : {}),
    }),
  };
}
