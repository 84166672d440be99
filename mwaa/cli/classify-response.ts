import { isRefusalBody, isRefusalOnly } from '../../airflow/find-refusal.ts';
import { type Answer, readAnswer } from '../../airflow/streams.ts';
import type { CliResponse } from '../connection/post.ts';

/** A response of the web server that has been read. */
export interface ReadResponse extends Answer {
  readonly status: number;
}

/** Reads a response. A large body is decoded only here. */
export const readResponse = ({ status, body }: CliResponse): ReadResponse => ({ status, ...readAnswer(body) });

/**
 * MWAA does not allow the command, and says so: in its own text, or in streams with a status that no command that ran gets. Streams of
 * a command that may have run are judged with the verdict.
 */
export const isRefusal = (response: ReadResponse, commandLine: string): boolean =>
  isRefusalBody(response, commandLine) ||
  (!isCommandResponse(response) && response.streams !== undefined && isRefusalOnly(response.streams));

/** A response of a command that ran. MWAA does not document 400, which is plausible for a command that failed. */
export const isCommandResponse = ({ status }: Pick<ReadResponse, 'status'>): boolean =>
  status === 200 || status === 400;

/** The web server rejected the token or the command. 401 was never observed and is treated like 403. */
export const isRejection = ({ status, streams }: ReadResponse): boolean =>
  (status === 401 || status === 403) && streams === undefined;

/**
 * MWAA did not start the command. Documented for more concurrent commands than it runs.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/t-apache-airflow-202.html
 */
export const isBusyResponse = ({ status, streams }: ReadResponse): boolean => status === 503 && streams === undefined;
