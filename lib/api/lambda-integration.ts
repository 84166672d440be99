import { Duration, Stack } from 'aws-cdk-lib';
import { Integration, IntegrationType, ResponseTransferMode } from 'aws-cdk-lib/aws-apigateway';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ResponseMode } from '../../config/timeouts.ts';
import type { ApiStage } from '../functions/api-stage.ts';

/** Lambda's own address for each way that an answer travels. Source: API Gateway developer guide, "Response transfer mode". */
const INVOCATION_MODES = {
  stream: { version: '2021-11-15', action: 'response-streaming-invocations', mode: ResponseTransferMode.STREAM },
  buffered: { version: '2015-03-31', action: 'invocations', mode: ResponseTransferMode.BUFFERED },
} as const;

/**
 * A proxy integration of a function, without a permission: the CDK's own gives one to the stage's resource, which depends on
 * every method and so on the nested stacks that hold them, and one to the console's test button.
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
 * Lets the API call a function for one method and path of its one stage. The stage by its name, and no test stage: requests of the
 * console's test button carry a caller of its own making.
 *
 * @param path with a slash before it; `*` stands for any characters
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
