import middy from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { FRONT_ROUTES } from '../../contract/routes.ts';
import type { HttpResponse } from '../event/http-response.ts';
import { convertErrorsToProblems } from '../middleware/convert-errors-to-problems.ts';
import { requireOwnApi } from '../middleware/require-own-api.ts';
import { createFrontHandler } from './create-front-handler.ts';
import { loadFrontEnvironments } from './front-environments.ts';
import { logRequests } from './log-requests.ts';

/** The front function: serves the routes that do not need Airflow, so that their requests do not occupy a slot of a relay. */
export const handler = middy<APIGatewayProxyEvent, HttpResponse>({ timeoutEarlyInMillis: 0 })
  .use(logRequests(Date.now))
  .use(convertErrorsToProblems())
  .use(requireOwnApi(process.env, Object.values(FRONT_ROUTES)))
  .handler(createFrontHandler(loadFrontEnvironments(), Date.now));
