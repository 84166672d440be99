import { isJsonObject } from '../../../airflow/parse-json.ts';
import type { StepResult } from '../../../mwaa/connection/run-steps.ts';
import { REST_CONNECTIVITY_STEPS } from '../../../mwaa/rest/check-rest-connectivity.ts';
import { type ApiResponse, getListMember, stringOrEmpty } from './api-response.ts';
import { getFunctionRemedy } from './function-remedies.ts';

/**
 * Reads the steps that the relay reports in its health response.
 *
 * @throws Error with a remedy if there are none
 */
export function readRelaySteps(response: ApiResponse): readonly StepResult[] {
  const steps = getListMember(response, 'steps').map(readStep);
  if (steps.length === 0) throw new Error(`The request to the relay function failed. ${getFunctionRemedy(response)}`);
  return steps;
}

const readStep = ({ step, status, durationMs, detail }: Readonly<Record<string, unknown>>): StepResult => ({
  step: stringOrEmpty(step),
  status: status === 'ok' || status === 'failed' ? status : 'not tried',
  ...(typeof durationMs === 'number' && { durationMs }),
  ...(typeof detail === 'string' && { detail }),
});

/** The steps of the REST relay function. It reports all but the first. */
export const REST_FUNCTION_STEPS = ['REST relay', ...REST_CONNECTIVITY_STEPS] as const;

/**
 * Reads the steps that the REST relay reports in the health response.
 *
 * @returns undefined if the environment does not offer the REST API, or an older proxy does not check it
 */
export function readRestSteps({ body: { rest } }: ApiResponse): readonly StepResult[] | undefined {
  if (!isJsonObject(rest)) return undefined;
  const [step, ...others] = REST_FUNCTION_STEPS;
  const { steps, detail, airflowRole } = rest;
  const reported = Array.isArray(steps) ? steps.filter(isJsonObject).map(readStep) : [];
  if (reported.length > 0) {
    const role = typeof airflowRole === 'string' ? { detail: `Airflow role ${airflowRole}` } : {};
    return [{ step, status: 'ok', ...role }, ...reported];
  }
  const failure = `The request to the REST relay function failed. ${stringOrEmpty(detail)}`.trim();
  return [
    { step, status: 'failed', detail: failure },
    ...others.map((name): StepResult => ({ step: name, status: 'not tried' })),
  ];
}
