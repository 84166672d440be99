import type { StepResult } from '../../../mwaa/connection/run-steps.ts';
import { type ApiResponse, getListMember, stringOrEmpty } from './api-response.ts';
import { getFunctionRemedy } from './function-remedies.ts';

/**
 * Reads the steps that the relay reports in its health response.
 *
 * @throws Error with a remedy if there are none
 */
export function readRelaySteps(response: ApiResponse): readonly StepResult[] {
  const steps = getListMember(response, 'steps').map(
    ({ step, status, durationMs, detail }): StepResult => ({
      step: stringOrEmpty(step),
      status: status === 'ok' || status === 'failed' ? status : 'not tried',
      ...(typeof durationMs === 'number' && { durationMs }),
      ...(typeof detail === 'string' && { detail }),
    }),
  );
  if (steps.length === 0) throw new Error(`The request to the relay function failed. ${getFunctionRemedy(response)}`);
  return steps;
}
