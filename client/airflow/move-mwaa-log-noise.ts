/** Both streams of a command. */
interface CommandStreams {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What MWAA's own log handlers print to standard output where a log group is switched off, before Airflow prints anything; a
 * reset of colors is reported there too.
 * Source: aws/amazon-mwaa-docker-images, `mwaa/logging/cloudwatch_handlers.py`
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const MWAA_LOG_NOISE = /^(?:(?:\u001b\[0m)?CloudWatch logging is disabled for \w+\n)+(?:\u001b\[0m)?/;

/** The streams as Airflow itself has written them: what MWAA puts before its output would spoil `| jq`, and goes to standard error. */
export function moveMwaaLogNoise({ stdout = '', stderr = '' }: Partial<CommandStreams>): CommandStreams {
  const [noise = ''] = MWAA_LOG_NOISE.exec(stdout) ?? [];
  return { stdout: stdout.slice(noise.length), stderr: noise + stderr };
}
