import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * Returns all values of a header. API Gateway keeps the spelling of header names as sent.
 *
 * @param name in lower case
 */
export const getHeaderValues = ({ multiValueHeaders }: APIGatewayProxyEvent, name: string): string[] =>
  Object.entries(multiValueHeaders ?? {}).flatMap(([key, values]) =>
    key.toLowerCase() === name ? (values ?? []) : [],
  );
