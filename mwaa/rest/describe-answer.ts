import type { WebServerResponse } from '../connection/exchange.ts';

const MAX_WORDS = 300;
/** Errors are short. A longer body is not searched for words. */
const MAX_BODY = 100_000;

/** The reason that an error of Airflow gives: `detail`, or else `title`, which repeats the status in 2.x. Undefined if there is none. */
export function readErrorWords({ body }: Pick<WebServerResponse, 'body'>): string | undefined {
  const { detail, title } = parseObject(body) ?? {};
  if (typeof detail === 'string' && detail !== '') return detail;
  if (detail !== undefined && detail !== null && detail !== '') return JSON.stringify(detail);
  return typeof title === 'string' && title !== '' ? title : undefined;
}

/**
 * What a response says, as a clause for a message: its status and, if there are any, its words: of an error of Airflow, of a text, or
 * the title of a page.
 *
 * @param secrets that the words must not contain
 */
export function describeAnswer(response: WebServerResponse, secrets: readonly string[]): string {
  const { status, headers, body } = response;
  const text = body.length > MAX_BODY ? '' : Buffer.from(body).toString('utf8');
  const type = headers['content-type'] ?? '';
  const words =
    readErrorWords(response) ??
    (/^text\/html\b/i.test(type) ? /<title>([^<]*)/i.exec(text)?.[1] : /^text\/plain\b/i.test(type) ? text : '');
  const shown = secrets
    .reduce((shownSoFar, secret) => shownSoFar.replaceAll(secret, '…'), words ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_WORDS)
    .replace(/[.:]$/, '');
  return shown === '' ? `HTTP ${status}` : `HTTP ${status}: ${shown}`;
}

function parseObject(body: string | Uint8Array): Record<string, unknown> | undefined {
  if (body.length > MAX_BODY) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
