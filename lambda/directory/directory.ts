import middy from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ownApiOnly } from '../middleware/own-api-only.ts';
import { problems } from '../middleware/problems.ts';
import { DIRECTORY_ROUTES } from '../names.ts';
import type { HttpResponse } from '../problem.ts';
import { answer } from './answer.ts';
import { deployedEnvironments } from './directory-environments.ts';
import { logged } from './logged.ts';

/** The directory function: what needs no Airflow takes none of its slots. */
export const handler = middy<APIGatewayProxyEvent, HttpResponse>({ timeoutEarlyInMillis: 0 })
  .use(logged(Date.now))
  .use(problems())
  .use(ownApiOnly(process.env, Object.values(DIRECTORY_ROUTES)))
  .handler(answer(deployedEnvironments(), Date.now));
