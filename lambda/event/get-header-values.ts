import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Every value of a header. API Gateway keeps the spelling of its name. @param name in lower case */
export const getHeaderValues = ({ multiValueHeaders }: APIGatewayProxyEvent, name: string): string[] =>
  Object.entries(multiValueHeaders ?? {}).flatMap(([key, values]) =>
    key.toLowerCase() === name ? (values ?? []) : [],
  );
