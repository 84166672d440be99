import type { MiddlewareObj } from '@middy/core';
import type { RelayResponse } from '../../contract/relay-request.ts';
import { toProblem } from '../middleware/to-problem.ts';
import type { LoggedContext } from './log-requests.ts';
import type { RelayEvent } from './relay-event.ts';
import { toProblemResponse } from './relay-response.ts';

/** Converts every error to the response for its problem. */
export function convertErrorsToResponses(): MiddlewareObj<RelayEvent, RelayResponse, Error, LoggedContext> {
  return {
    onError: (request) => {
      const { requestId, queuedMs } = request.context.record;
      request.response = toProblemResponse(toProblem(request.error), requestId, queuedMs);
    },
  };
}
