import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { API_ENVIRONMENT_VARIABLES } from '../../contract/function-names.ts';
import { Problem } from '../../contract/problem.ts';
import { isScheduledHealthEvent } from '../event/is-scheduled-health-event.ts';

/**
 * Rejects every event that did not come through the function's own API and stage. Anyone who may invoke the function directly could
 * otherwise claim to be any caller: the identity in the event is trusted only because of this check.
 *
 * @param methods HTTP methods that the function serves
 * @param options `schedule`: also accept the schedule's event, which names no caller
 * @throws Error at startup if an environment variable is not set
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
      const isServedMethod = methods.includes(context?.httpMethod ?? '');
      if (context?.apiId !== apiId || context.stage !== apiStage || !isServedMethod) {
        throw new Problem('untrusted-event', 'This function accepts requests only from its own API.');
      }
    },
  };
}
