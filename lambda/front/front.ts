import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { HttpResponse } from '../event/http-response.ts';
import { convertErrorsToProblems } from '../middleware/convert-errors-to-problems.ts';
import { requireOwnApi } from '../middleware/require-own-api.ts';
import { confirmPreference } from './confirm-preference.ts';
import { createFrontHandler } from './create-front-handler.ts';
import { loadFrontEnvironments, loadFrontFile } from './front-environments.ts';
import { type LoggedContext, logRequests } from './log-requests.ts';
import { plainJsonErrors } from './plain-json-errors.ts';
import { createInvokeRelay } from './queue/create-invoke-relay.ts';
import { createLambdaInvoke } from './queue/create-lambda-invoke.ts';
import { type Handle, streamResponses } from './stream-responses.ts';

const file = loadFrontFile();
const handleRequest = createFrontHandler({
  ...file,
  environments: loadFrontEnvironments(file),
  invokeRelay: createInvokeRelay({ invoke: createLambdaInvoke(Date.now), now: Date.now, random: Math.random, sleep }),
  now: Date.now,
});

const handle = middy<APIGatewayProxyEvent, HttpResponse, Error, LoggedContext>({ timeoutEarlyInMillis: 0 })
  .use(logRequests(Date.now))
  .use(confirmPreference())
  .use(plainJsonErrors())
  .use(convertErrorsToProblems())
  .use(requireOwnApi(process.env))
  .handler(handleRequest) as unknown as Handle;

/** The front function. The response starts only after the verdict is known. */
export const handler = streamResponses(handle);

/** The same function for an API without response streaming. */
export const buffered = async (event: APIGatewayProxyEvent, context: Context) => {
  const { body, ...response } = await handle(event, context);
  return { ...response, body: Buffer.from(body).toString('utf8') };
};
