import { type Answer, type CliStreams, stripAnsi } from './streams.ts';
import { generateErrorLines } from './strip-exit-noise.ts';
import { generateLines } from './text-lines.ts';

/** What MWAA answers to a command that it does not allow. Source: AWS's migration checklist for MWAA environments (August 2026). */
const NOT_ALLOWED = /\bsub-?\s?command not allowed\b/i;
const MAX_REFUSAL_LENGTH = 300;
const MWAA_NOISE = /^CloudWatch logging is disabled for \w+$/;

/**
 * Whether the web server itself says that the command is not allowed: in the body as it is sent. What Airflow, a DAG file or a value
 * prints is base64 there. An error page may repeat the command.
 */
export const isRefusalBody = ({ text }: Answer, commandLine: string): boolean =>
  NOT_ALLOWED.test(text) && !NOT_ALLOWED.test(commandLine);

/** Whether the streams contain the refusal and nothing else. A DAG file, a plugin or a value may have printed it. */
export function isRefusalOnly({ stdout, stderr, returncode }: CliStreams): boolean {
  if (returncode === 0) return false;
  let refusal: string | undefined;
  for (const lines of [generateLines(stripAnsi(stdout)), generateErrorLines(stripAnsi(stderr))]) {
    for (const line of lines) {
      const text = line.trim();
      if (text === '' || MWAA_NOISE.test(text)) continue;
      if (refusal !== undefined || text.length > MAX_REFUSAL_LENGTH || !NOT_ALLOWED.test(text)) return false;
      refusal = text;
    }
  }
  return refusal !== undefined;
}
