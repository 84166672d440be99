import type { ApiResponse } from './api-response.ts';

/** Remedies if a function behind the API does not respond, by the code of the problem. */
const FUNCTION_REMEDIES: Readonly<Record<string, string>> = {
  'gateway-error':
    'Lambda did not run the front to completion. Either the concurrency of the account is used up (or that of the front was set to 0 in ' +
    'the console): wait, or request a higher quota. Or the front crashes: check its log and alarms (docs/operations.md).',
  busy:
    'All slots of the environment were taken for as long as the request could wait: try again, or raise concurrency in its ' +
    'configuration. If this never ends, the concurrency of the relay is 0 (docs/operations.md).',
  'gateway-timeout':
    'The function did not respond in time: check its log. If api.responses is buffered, no step may take longer than 29 seconds.',
  'internal-error': 'The function failed: find the request in its log.',
  'untrusted-event':
    'The function trusts a different API or stage than this one (its variables API_ID and API_STAGE): deploy again, so that the API and ' +
    'the function are from the same deployment.',
  throttled: 'The API is throttling requests: wait, or raise api.throttling.',
};

/** The remedy for a response of a failed function. */
export function getFunctionRemedy({ code = '', status, errorText, text }: ApiResponse): string {
  const remedy = FUNCTION_REMEDIES[code] ?? (errorText || text || 'The response is empty.').slice(0, 300);
  return `${remedy} (HTTP ${status}${code && `, ${code}`})`;
}
