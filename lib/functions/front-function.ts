import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { FRONT_FUNCTION } from '../../contract/function-names.ts';
import { type ApiStage, createApiVariables } from './api-stage.ts';
import type { LogOptions } from './audit-log-group.ts';
import { ProxyFunction } from './proxy-function.ts';

export interface FrontFunctionProps {
  readonly code: Code;
  readonly logs: LogOptions;
  readonly apiStage: ApiStage;
}

/** Creates the front function, which handles requests that do not need Airflow. It has no VPC, and its role may only write its log. */
export const createFrontFunction = (
  scope: Construct,
  id: string,
  { code, logs, apiStage }: FrontFunctionProps,
): ProxyFunction =>
  new ProxyFunction(scope, id, {
    handler: FRONT_FUNCTION.handler,
    description: 'Lists environments and commands, and explains grants, for callers of the Airflow CLI proxy',
    code,
    logs,
    memorySize: 256,
    timeoutSeconds: 10,
    variables: createApiVariables(apiStage),
  });
