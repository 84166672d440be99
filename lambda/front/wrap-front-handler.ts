import middy from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { HttpResponse } from '../event/http-response.ts';
import { convertErrorsToProblems } from '../middleware/convert-errors-to-problems.ts';
import { requireOwnApi } from '../middleware/require-own-api.ts';
import { confirmPreference } from './confirm-preference.ts';
import type { createFrontHandler } from './create-front-handler.ts';
import { type LoggedContext, logRequests } from './log-requests.ts';
import { plainJsonErrors } from './plain-json-errors.ts';
import type { Handle } from './stream-responses.ts';

/** Adds to the handler of a front what every request needs: the log line, problems in place of errors, and the check of the API. */
export const wrapFrontHandler = (handleRequest: ReturnType<typeof createFrontHandler>): Handle =>
  middy<APIGatewayProxyEvent, HttpResponse, Error, LoggedContext>({ timeoutEarlyInMillis: 0 })
    .use(logRequests(Date.now))
    .use(confirmPreference())
    .use(plainJsonErrors())
    .use(convertErrorsToProblems())
    .use(requireOwnApi(process.env))
    .handler(handleRequest) as unknown as Handle;
