import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { REST_PATH_PARAMETER } from '../../contract/routes.ts';
import type { HttpResponse } from '../event/http-response.ts';

/**
 * Sends the problems of Airflow 3's API as `application/json`, like the errors of Airflow 3 itself. Its clients read no others: airflowctl
 * 0.1.5 prints the body of an error with exactly this content type, and a traceback for every other one. It repeats a request after a
 * server error, but fails to read one of this content type. Therefore statuses from 500 on keep theirs.
 */
export function plainJsonErrors(): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  const adapt = (event: APIGatewayProxyEvent, response: HttpResponse | null | undefined) => {
    const isAirflow3 = event.pathParameters?.[REST_PATH_PARAMETER]?.startsWith('v2/') ?? false;
    if (!response || !isAirflow3 || response.statusCode < 400 || response.statusCode >= 500) return;
    response.headers['content-type'] = 'application/json';
  };
  return {
    after: ({ event, response }) => adapt(event, response),
    onError: ({ event, response }) => adapt(event, response),
  };
}
