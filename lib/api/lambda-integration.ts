import { Duration, Stack } from 'aws-cdk-lib';
import { Integration, IntegrationType, ResponseTransferMode } from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ResponseMode } from '../../config/timeouts.ts';

/** The Lambda API that API Gateway calls in each response mode. Source: API Gateway developer guide, "Response transfer mode". */
const INVOCATION_MODES = {
  stream: { version: '2021-11-15', action: 'response-streaming-invocations', mode: ResponseTransferMode.STREAM },
  buffered: { version: '2015-03-31', action: 'invocations', mode: ResponseTransferMode.BUFFERED },
} as const;

/** Creates a proxy integration without permissions, which the policy of the function replaces. */
export function createLambdaIntegration(
  handler: IFunction,
  responses: ResponseMode,
  timeoutSeconds: number,
): Integration {
  const { version, action, mode } = INVOCATION_MODES[responses];
  const { partition, region } = Stack.of(handler);
  return new Integration({
    type: IntegrationType.AWS_PROXY,
    integrationHttpMethod: 'POST',
    uri: `arn:${partition}:apigateway:${region}:lambda:path/${version}/functions/${handler.functionArn}/${action}`,
    options: { responseTransferMode: mode, timeout: Duration.seconds(timeoutSeconds) },
  });
}
