import { expect, test } from 'vitest';
import { confirmPreference } from '../../../lambda/front/confirm-preference.ts';

/** Returns the headers of a response, or of a problem, to a request with this preference. */
function confirm(step: 'after' | 'onError', preferenceApplied?: string): Record<string, string> {
  const headers: Record<string, string> = {};
  const record = preferenceApplied === undefined ? {} : { preferenceApplied };
  confirmPreference()[step]?.({ response: { headers }, context: { record } } as never);
  return headers;
}

test.each(['after', 'onError'] as const)('an answer confirms the preference that was applied: %s', (step) => {
  expect(confirm(step, 'wait=5')).toEqual({ 'preference-applied': 'wait=5' });
  expect(confirm(step)).toEqual({});
});
