import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { API_ENVIRONMENT_VARIABLES } from '../../contract/function-names.ts';
import { Problem } from '../../contract/problem.ts';
import { isScheduledHealthEvent } from '../event/is-scheduled-health-event.ts';

/**
 * Refuses every event that did not come through the function's own API and stage: whoever may invoke the function directly
 * could forge any caller. The identity in the event is trusted for this reason only. The schedule's event names no caller, and a
 * relay takes it.
 *
 * @param methods those the function answers
 * @throws Error at start when a variable is missing
 */
export function requireOwnApi(
  variables: NodeJS.ProcessEnv,
  methods: readonly string[],
  { schedule = false } = {},
): MiddlewareObj<APIGatewayProxyEvent> {
  const [apiId, apiStage] = [API_ENVIRONMENT_VARIABLES.apiId, API_ENVIRONMENT_VARIABLES.apiStage].map((name) => {
    const value = variables[name];
    if (!value) throw new Error(`The environment variable ${name} is not set`);
    return value;
  });
  return {
    before: ({ event }) => {
      if (schedule && isScheduledHealthEvent(event)) return;
      const context = event.requestContext;
      const known = methods.includes(context?.httpMethod ?? '');
      if (context?.apiId !== apiId || context.stage !== apiStage || !known) {
        throw new Problem('untrusted-event', 'This function answers its own API only.');
      }
    },
  };
}
