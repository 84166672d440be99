import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { DIRECTORY } from '../../lambda/names.ts';
import { type ApiOfStage, apiVariables } from './api-variables.ts';
import type { LogOptions } from './log-group.ts';
import { ProxyFunction } from './proxy-function.ts';

export interface DirectoryFunctionProps {
  readonly code: Code;
  readonly logs: LogOptions;
  readonly api: ApiOfStage;
}

/** The function that answers what needs no Airflow. It is in no VPC and may do nothing but write its log. */
export const directoryFunction = (
  scope: Construct,
  id: string,
  { code, logs, api }: DirectoryFunctionProps,
): ProxyFunction =>
  new ProxyFunction(scope, id, {
    handler: DIRECTORY.handler,
    description: 'Environments, commands and explanations for callers of the Airflow CLI proxy',
    code,
    logs,
    memorySize: 256,
    timeoutSeconds: 10,
    variables: apiVariables(api),
  });
