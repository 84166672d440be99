import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { HttpResponse } from '../event/http-response.ts';
import { convertErrorsToProblems } from '../middleware/convert-errors-to-problems.ts';
import { requireOwnApi } from '../middleware/require-own-api.ts';
import { confirmPreference } from './confirm-preference.ts';
import { createFrontHandler } from './create-front-handler.ts';
import { loadFrontEnvironments, loadFrontFile } from './front-environments.ts';
import { type LoggedContext, logRequests } from './log-requests.ts';
import { createInvokeRelay } from './queue/create-invoke-relay.ts';
import { createLambdaInvoke } from './queue/create-lambda-invoke.ts';
import { streamBody } from './stream-body.ts';

const file = loadFrontFile();
const handleRequest = createFrontHandler({
  ...file,
  environments: loadFrontEnvironments(file),
  invokeRelay: createInvokeRelay({ invoke: createLambdaInvoke(Date.now), now: Date.now, random: Math.random, sleep }),
  now: Date.now,
});

type ConvertBody = (body: HttpResponse['body']) => unknown;

const createHandler = (options: Parameters<typeof middy>[0] & object, convertBody: ConvertBody) =>
  middy<APIGatewayProxyEvent, HttpResponse, Error, LoggedContext>({ ...options, timeoutEarlyInMillis: 0 })
    // The last step of all: middy runs the steps after the handler in reverse order.
    .use(convertBodies(convertBody))
    .use(logRequests(Date.now))
    .use(confirmPreference())
    .use(convertErrorsToProblems())
    .use(requireOwnApi(process.env))
    .handler(handleRequest);

function convertBodies(convertBody: ConvertBody): middy.MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  const convert = ({ response }: { response?: HttpResponse | null | undefined }) => {
    if (response) Object.assign(response, { body: convertBody(response.body) });
  };
  return { after: convert, onError: convert };
}

/** The front function. The response starts only after the verdict is known. */
export const handler = createHandler({ executionMode: executionModeStreamifyResponse }, streamBody);

/** The same function for an API without response streaming. */
export const buffered = createHandler({}, (body) => Buffer.from(body).toString('utf8'));
