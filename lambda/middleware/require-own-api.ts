import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { API_ENVIRONMENT_VARIABLES } from '../../contract/function-names.ts';
import { Problem } from '../../contract/problem.ts';

/**
 * Rejects events that did not come through the function's own API and stage. This finds mistakes, such as another API with the same
 * function, and not forged events: the ID and the stage are no secrets. The resource policy of the function keeps others out.
 *
 * @throws Error at startup if an environment variable is not set
 */
export function requireOwnApi(variables: NodeJS.ProcessEnv): MiddlewareObj<APIGatewayProxyEvent> {
  const [apiId, apiStage] = [API_ENVIRONMENT_VARIABLES.apiId, API_ENVIRONMENT_VARIABLES.apiStage].map((name) => {
    const value = variables[name];
    if (!value) throw new Error(`The environment variable ${name} is not set`);
    return value;
  });
  return {
    before: ({ event }) => {
      const context = event.requestContext;
      if (context?.apiId !== apiId || context.stage !== apiStage) {
        throw new Problem('untrusted-event', 'This function accepts requests only from its own API.');
      }
    },
  };
}
