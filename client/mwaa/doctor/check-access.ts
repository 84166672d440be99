import type { RunStep } from '../../../mwaa/connection/run-steps.ts';
import { type ApiRefusal, findApiRefusal } from './api-refusals.ts';
import type { ApiResponse } from './api-response.ts';
import type { ResolvedCaller } from './resolve-caller.ts';

/** Sends one request. If the API rejects it, reports in which of the three steps. */
export async function checkAccess(
  runStep: RunStep<'path' | 'authentication' | 'permission'>,
  caller: ResolvedCaller,
  sendRequest: () => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const checkStep = (response: ApiResponse, step: string) => {
    const refusal = findCallerRefusal(response, caller);
    if (refusal?.step === step) throw new Error(refusal.detail);
    return response;
  };
  const response = await runStep('path', async () => checkStep(await sendRequest(), 'path'));
  await runStep('authentication', async () => checkStep(response, 'authentication'));
  return runStep('permission', async () => checkStep(response, 'permission'));
}

const findCallerRefusal = (response: ApiResponse, { proxy, description }: ResolvedCaller): ApiRefusal | undefined =>
  findApiRefusal(response, { url: proxy.url, description, region: 'region' in proxy ? proxy.region : undefined });

/** @throws Error with a remedy if the response is a refusal */
export function checkNotRefused(response: ApiResponse, caller: ResolvedCaller): void {
  const refusal = findCallerRefusal(response, caller);
  if (refusal !== undefined) throw new Error(refusal.detail);
}
