import { type CliStreams, stripAnsi } from './streams.ts';
import { stripExitNoise } from './strip-exit-noise.ts';

/** What MWAA answers to a command that it does not allow. Source: AWS's migration checklist for MWAA environments (August 2026). */
const NOT_ALLOWED = /\bsub-?\s?command not allowed\b/i;
const MAX_REFUSAL_LENGTH = 300;
const MWAA_NOISE = /^CloudWatch logging is disabled for \w+$/;

/**
 * Whether the web server itself says that the command is not allowed: in the body as it is sent. What Airflow, a DAG file or a value
 * prints is base64 there. An error page may repeat the command.
 */
export const isRefusalBody = (body: string, commandLine: string): boolean =>
  NOT_ALLOWED.test(body) && !NOT_ALLOWED.test(commandLine);

/** Whether the streams contain the refusal and nothing else. A DAG file, a plugin or a value may have printed it. */
export function isRefusalOnly({ stdout, stderr, returncode }: CliStreams): boolean {
  const lines = `${stripAnsi(stdout)}\n${stripExitNoise(stripAnsi(stderr))}`
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !MWAA_NOISE.test(line));
  const [line = ''] = lines;
  return returncode !== 0 && lines.length === 1 && line.length <= MAX_REFUSAL_LENGTH && NOT_ALLOWED.test(line);
}
