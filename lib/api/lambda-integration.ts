import { Duration, Stack } from 'aws-cdk-lib';
import { Integration, IntegrationType, ResponseTransferMode } from 'aws-cdk-lib/aws-apigateway';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ResponseMode } from '../../config/timeouts.ts';
import type { ApiStage } from '../functions/api-stage.ts';

/** The Lambda API that API Gateway calls in each response mode. Source: API Gateway developer guide, "Response transfer mode". */
const INVOCATION_MODES = {
  stream: { version: '2021-11-15', action: 'response-streaming-invocations', mode: ResponseTransferMode.STREAM },
  buffered: { version: '2015-03-31', action: 'invocations', mode: ResponseTransferMode.BUFFERED },
} as const;

/**
 * Creates a proxy integration without permissions. The integration of the CDK adds two: one refers to the stage, which depends on
 * all methods and so on the nested stacks that contain them; the other is for the test button of the console.
 */
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

/**
 * Allows the API to invoke a function for one method and path of its stage. The test stage of the console is not allowed, because
 * its requests can contain any caller.
 *
 * @param path with a leading slash; `*` matches any characters
 */
export function allowInvocation(
  scope: Construct,
  id: string,
  handler: IFunction,
  api: ApiStage,
  method: string,
  path: string,
): void {
  new CfnPermission(scope, id, {
    action: 'lambda:InvokeFunction',
    functionName: handler.functionArn,
    principal: 'apigateway.amazonaws.com',
    sourceArn: Stack.of(scope).formatArn({
      service: 'execute-api',
      resource: api.id,
      resourceName: `${api.stage}/${method}${path}`,
    }),
  });
}
