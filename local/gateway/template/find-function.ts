import type { LambdaFunction } from './gateway-model.ts';

const INVOCATION_URI =
  /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/(\d{4}-\d\d-\d\d)\/functions\/(.+)\/(invocations|response-streaming-invocations)$/;

/** The URI by which API Gateway invokes a function (documented: API Gateway, `Integration`, `AuthorizerUri`). */
export interface InvocationUri {
  readonly functionArn: string;
  readonly operation: 'buffered' | 'streamed';
}

/** Lambda's API version and operation. */
const OPERATIONS: Readonly<Record<string, InvocationUri['operation']>> = {
  '2015-03-31 invocations': 'buffered',
  '2021-11-15 response-streaming-invocations': 'streamed',
};

export function parseInvocationUri(uri: string): InvocationUri | undefined {
  const [, version, functionArn = '', path] = INVOCATION_URI.exec(uri) ?? [];
  const operation = OPERATIONS[`${version} ${path}`];
  return operation && { functionArn, operation };
}

export const findFunctionByArn = (
  functions: ReadonlyMap<string, LambdaFunction>,
  functionArn: unknown,
): LambdaFunction | undefined => [...functions.values()].find(({ arn }) => arn === functionArn);
