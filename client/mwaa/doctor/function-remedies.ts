import type { ApiResponse } from './api-response.ts';

/** Remedies if a function behind the API does not respond, by the code of the problem. */
const FUNCTION_REMEDIES: Readonly<Record<string, string>> = {
  'gateway-error':
    'Lambda did not run the function to completion. Either its whole concurrency is in use (or was set to 0 in the console): wait, or ' +
    'raise concurrency. Or the function crashes: check its log and alarms (docs/operations.md).',
  'gateway-timeout':
    'The function did not respond in time: check its log. If api.responses is buffered, no step may take longer than 29 seconds.',
  'internal-error': 'The function failed: find the request in its log.',
  'untrusted-event':
    'The function trusts a different API or stage than this one (its variables API_ID and API_STAGE): deploy again, so that the API and ' +
    'the function are from the same deployment.',
  'not-signed':
    'The API has no such path for this environment, so it was deployed before the configuration changed: deploy again.',
  throttled: 'The API is throttling requests to this environment: wait, or raise api.throttling.',
};

/** The remedy for a response of a failed function. */
export function getFunctionRemedy({ code = '', status, errorText, text }: ApiResponse): string {
  const remedy = FUNCTION_REMEDIES[code] ?? (errorText || text || 'The response is empty.').slice(0, 300);
  return `${remedy} (HTTP ${status}${code && `, ${code}`})`;
}
