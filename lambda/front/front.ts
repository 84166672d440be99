import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { createFrontHandler } from './create-front-handler.ts';
import { loadFrontEnvironments, loadFrontFile } from './front-environments.ts';
import { createInvokeRelay } from './queue/create-invoke-relay.ts';
import { createLambdaInvoke } from './queue/create-lambda-invoke.ts';
import { streamResponses } from './stream-responses.ts';
import { wrapFrontHandler } from './wrap-front-handler.ts';

const file = loadFrontFile();
const handleRequest = createFrontHandler({
  ...file,
  environments: loadFrontEnvironments(file),
  invokeRelay: createInvokeRelay({ invoke: createLambdaInvoke(Date.now), now: Date.now, random: Math.random, sleep }),
  now: Date.now,
});

const handle = wrapFrontHandler(handleRequest);

/** The front function. The response starts only after the verdict is known. */
export const handler = streamResponses(handle);

/** The same function for an API without response streaming. */
export const buffered = async (event: APIGatewayProxyEvent, context: Context) => {
  const { body, ...response } = await handle(event, context);
  return { ...response, body: Buffer.from(body).toString('utf8') };
};
