import { isRefusalBody, isRefusalOnly } from '../../airflow/find-refusal.ts';
import { decodeStreams } from '../../airflow/streams.ts';
import type { CliResponse } from '../connection/post.ts';

/**
 * MWAA does not allow the command, and says so: in its own text, or in streams with a status that no command that ran gets. Streams of
 * a command that may have run are judged with the verdict.
 */
export function isRefusal(response: CliResponse, commandLine: string): boolean {
  if (isRefusalBody(response.body, commandLine)) return true;
  const streams = isCommandResponse(response) ? undefined : decodeStreams(response.body);
  return streams !== undefined && isRefusalOnly(streams);
}

/** A response of a command that ran. MWAA does not document 400, which is plausible for a command that failed. */
export const isCommandResponse = ({ status }: CliResponse): boolean => status === 200 || status === 400;

/** The web server rejected the token or the command. 401 was never observed and is treated like 403. */
export const isRejection = ({ status, body }: CliResponse): boolean =>
  (status === 401 || status === 403) && decodeStreams(body) === undefined;

/**
 * MWAA did not start the command. Documented for more concurrent commands than it runs.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/t-apache-airflow-202.html
 */
export const isBusyResponse = ({ status, body }: CliResponse): boolean =>
  status === 503 && decodeStreams(body) === undefined;
