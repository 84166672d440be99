import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { RELAY_ROUTES, RELAY_VARIABLES } from '../names.ts';
import { Problem } from '../problem.ts';

/**
 * Refuses every event that did not come through the function's own API and stage: whoever may invoke the function directly
 * could forge any caller. The identity in the event is trusted for this reason only.
 *
 * @throws Error at start when a variable is missing
 */
export function ownApiOnly(variables: NodeJS.ProcessEnv): MiddlewareObj<APIGatewayProxyEvent> {
  const [apiId, apiStage] = [RELAY_VARIABLES.apiId, RELAY_VARIABLES.apiStage].map((name) => {
    const value = variables[name];
    if (!value) throw new Error(`The environment variable ${name} is not set`);
    return value;
  });
  return {
    before: ({ event }) => {
      const context = event.requestContext;
      const method = Object.values<string>(RELAY_ROUTES).includes(context?.httpMethod ?? '');
      if (context?.apiId !== apiId || context.stage !== apiStage || !method) {
        throw new Problem('untrusted-event', 'This function answers its own API only.');
      }
    },
  };
}
