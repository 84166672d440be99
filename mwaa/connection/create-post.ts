import type { AgentOptions } from 'node:https';
import { createExchange, type WebServerResponse } from './exchange.ts';
import { NoResponseError } from './no-response-error.ts';
import type { Post, PostLimits } from './post.ts';
/**
 * Posts over kept-alive HTTPS connections. Airflow 3 redirects the path without a trailing slash (307), so its commands are posted
 * to the path with the slash. One redirect within the same origin is followed, with the same method, body and token. Its target is
 * not cached: a redirect means that the environment runs another release than configured, and the configuration should be corrected.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 *
 * @param airflow release, as in `3.0.6`
 * @param now milliseconds of the wall clock
 * @param network options of the HTTPS agent, for tests
 */
export function createPost(airflow: string, limits: PostLimits, now: () => number, network: AgentOptions = {}): Post {
  const exchange = createExchange(limits, now, network);
  const path = airflow.startsWith('1.') || airflow.startsWith('2.') ? '/aws_mwaa/cli' : '/aws_mwaa/cli/';
  return async ({ token, hostname }, commandLine, signal) => {
    const endsAt = performance.now() + limits.postTimeoutMs;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' };
    const send = (target: string) =>
      exchange({ hostname, method: 'POST', path: target, headers, body: commandLine }, signal, endsAt);
    const first = await send(path);
    const redirectPath = getRedirectPath(first, hostname);
    if (redirectPath === undefined) return first;
    const second = await send(redirectPath);
    if (getRedirectPath(second, hostname) !== undefined) {
      throw new NoResponseError('it redirects a second time', false, { failure: 'redirect' });
    }
    return second;
  };
}

/**
 * The path of a redirect within the web server, or undefined if the response is not a redirect. Only 307 and 308 count: they mean
 * that the request was not processed and must be repeated unchanged. After any other status it may have been processed.
 *
 * @throws NoResponseError for a redirect to another origin: the token is sent to no other host
 */
function getRedirectPath({ status, headers: { location } }: WebServerResponse, hostname: string): string | undefined {
  if (status !== 307 && status !== 308) return undefined;
  const origin = `https://${hostname}`;
  const target = location !== undefined && URL.canParse(location, origin) ? new URL(location, origin) : undefined;
  if (target?.origin === origin) return `${target.pathname}${target.search}`;
  throw new NoResponseError(`it redirects to ${target?.origin ?? 'an invalid address'}`, false, {
    failure: 'redirect',
  });
}
