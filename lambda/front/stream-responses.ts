import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { HttpResponse } from '../event/http-response.ts';

/** A handler whose response is complete before it is sent. */
export type Handle = (event: APIGatewayProxyEvent, context: Context) => Promise<HttpResponse>;

/**
 * A handler whose response Lambda streams. The body is written at once, as bytes: middy's own streaming cuts text into parts of 16,384
 * UTF-16 units, may cut a character in two, and loads the web streams of Node.js.
 */
export const streamResponses = (handle: Handle) =>
  awslambda.streamifyResponse<APIGatewayProxyEvent>(async (event, stream, context) => {
    const { statusCode, headers, body } = await handle(event, context);
    const response = awslambda.HttpResponseStream.from(stream, { statusCode, headers });
    // Lambda's runtime sends the status and the headers before the first write, but not before `end`.
    // It waits itself until everything is sent, and reports errors of the stream.
    response.write(typeof body === 'string' ? Buffer.from(body) : body);
    response.end();
  });
