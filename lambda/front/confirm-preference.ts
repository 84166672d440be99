import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { HttpResponse } from '../event/http-response.ts';
import type { LoggedContext } from './log-requests.ts';
import { PREFERENCE_APPLIED_HEADER } from './queue/prefer-wait.ts';

/** Confirms a `Prefer: wait` that was applied. Source: RFC 7240, section 3. */
export function confirmPreference(): MiddlewareObj<APIGatewayProxyEvent, HttpResponse, Error, LoggedContext> {
  const addHeader = (response: HttpResponse | null | undefined, { record }: LoggedContext) => {
    if (response && record.preferenceApplied !== undefined) {
      response.headers[PREFERENCE_APPLIED_HEADER] = record.preferenceApplied;
    }
  };
  return {
    after: ({ response, context }) => addHeader(response, context),
    onError: ({ response, context }) => addHeader(response, context),
  };
}
