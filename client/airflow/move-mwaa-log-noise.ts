import type { CliStreams } from '../../airflow/streams.ts';

/**
 * The lines that MWAA's log handlers print to standard output before Airflow's own output if a log group is disabled. A color reset
 * has been observed there too.
 * Source: aws/amazon-mwaa-docker-images, `mwaa/logging/cloudwatch_handlers.py`
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const MWAA_LOG_NOISE = /^(?:(?:\u001b\[0m)?CloudWatch logging is disabled for \w+\n)+(?:\u001b\[0m)?/;

/** Moves MWAA's log lines from the start of standard output to standard error, so that `| jq` reads only Airflow's output. */
export function moveMwaaLogNoise({ stdout = '', stderr = '' }: Partial<CliStreams>): CliStreams {
  const [noise = ''] = MWAA_LOG_NOISE.exec(stdout) ?? [];
  return { stdout: stdout.slice(noise.length), stderr: noise + stderr };
}
