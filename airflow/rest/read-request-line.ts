import { Refusal, truncateForMessage } from '../refusal.ts';
import type { RestRequest } from './parse-call.ts';

/**
 * Reads the first line of a request for the REST API, such as `POST /api/v2/dags/daily_report/dagRuns?limit=5`.
 *
 * @throws Refusal `unreadable`
 */
export function readRequestLine(text: string): Pick<RestRequest, 'method' | 'path' | 'query'> {
  const [line, method = '', path = '', query = ''] =
    /^([A-Za-z]+) +(\/[^\s?#]*)(?:\?([^\s#]*))?$/.exec(text.trim()) ?? [];
  if (line !== undefined) return { method, path, query: query.split('&').flatMap(readParameter) };
  const shown = truncateForMessage(text);
  throw new Refusal(
    'unreadable',
    `Write the request as METHOD PATH, such as "GET /api/v2/dags?limit=5", not "${shown}". The path is from /api/ on, percent-encoded.`,
  );
}

/** One parameter as web forms encode it: `+` is a space. */
function readParameter(pair: string): [name: string, value: string][] {
  if (pair === '') return [];
  const equals = pair.indexOf('=');
  const [name, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  return [[decode(name), decode(value)]];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    throw new Refusal('unreadable', 'The query is not valid UTF-8.', { cause: error });
  }
}
