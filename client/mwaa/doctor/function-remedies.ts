import type { StepResult } from '../../../mwaa/connection/run-steps.ts';
import { type ApiResponse, getListMember, stringOrEmpty } from './api-response.ts';

/** What to change where a function behind the API does not answer, by the code of the problem. */
const FUNCTION_REMEDIES: Readonly<Record<string, string>> = {
  'gateway-error':
    'Lambda did not run the function to its end. Either as many of it run as may (its concurrency; 0 where somebody throttled it ' +
    'in the console): wait, or raise that. Or it fails: look at its log and alarms (docs/operations.md).',
  'gateway-timeout':
    'The function gave no answer in time: look at its log. Where api.responses is buffered, no step may take longer than 29 seconds.',
  'internal-error': 'The function failed: look for the request in its log.',
  'untrusted-event':
    'The function trusts another API or stage than this one (its variables API_ID and API_STAGE): deploy again, so that both are of one ' +
    'deployment.',
  'not-signed': 'The API has no such path for this environment: it is older than the configuration. Deploy again.',
  throttled: 'The API lets no more requests through for this environment (its throttling): wait, or raise that.',
};

/** What to change where a function does not answer. */
export function getFunctionRemedy({ code = '', status, errorText, text }: ApiResponse): string {
  const mend = FUNCTION_REMEDIES[code] ?? (errorText || text || 'It answered nothing.').slice(0, 300);
  return `${mend} (HTTP ${status}${code && `, ${code}`})`;
}

/**
 * The steps of the function's side, as the relay tells them.
 *
 * @throws Error that says what to change, where it tells none
 */
export function readRelaySteps(answer: ApiResponse): readonly StepResult[] {
  const steps = getListMember(answer, 'steps').map(
    ({ step, status, durationMs, detail }): StepResult => ({
      step: stringOrEmpty(step),
      status: status === 'ok' || status === 'failed' ? status : 'not tried',
      ...(typeof durationMs === 'number' && { durationMs }),
      ...(typeof detail === 'string' && { detail }),
    }),
  );
  if (steps.length === 0) throw new Error(`The relay function: ${getFunctionRemedy(answer)}`);
  return steps;
}
