/**
 * The environment variables of a function's process: those of the template, and those that Lambda defines (documented: Lambda
 * developer guide, "Defined runtime environment variables"). Nothing is inherited from this machine's environment.
 */
import type { Principal } from '../../iam/principal-store.ts';
import type { LambdaFunction } from '../template/gateway-model.ts';

export interface FunctionEnvironmentInput {
  region: string;
  credentials: Principal;
  /** Folder of the function's code. */
  taskRoot: string;
  logStream: string;
  /** PEM file of certificate authorities that the function trusts in addition to Node's. */
  caFile?: string;
}

export function createFunctionEnvironment(
  { name, handler, memoryMb, variables, logGroup, logFormat, logLevel, runtime }: LambdaFunction,
  { region, credentials, taskRoot, logStream, caFile }: FunctionEnvironmentInput,
): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    ...variables,
    _HANDLER: handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    ...(logFormat === 'JSON' && { AWS_LAMBDA_LOG_FORMAT: 'JSON' }),
    ...(logLevel !== undefined && { AWS_LAMBDA_LOG_LEVEL: logLevel }),
    LAMBDA_TASK_ROOT: taskRoot,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    ...(caFile !== undefined && { NODE_EXTRA_CA_CERTS: caFile }),
  };
}
