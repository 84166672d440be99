/** The stage of a REST API: throttles, access log, variables. */
import { unknownVariable } from './context-variables.ts';
import type { ResolvedResource } from './intrinsics.ts';
import type { Method, MethodSetting, Stage } from './model.ts';
import { listOf, optionalText, tableOf, textOf } from './properties.ts';
import { refuseTemplate } from './refusal.ts';

/** Throws a `TemplateRefusal` for what API Gateway refuses, and for a throttle that would limit none of the methods. */
export function readStage(stage: ResolvedResource, deploymentId: string, methods: readonly Method[]): Stage {
  const destination = optionalText(stage, 'AccessLogSetting.DestinationArn');
  return {
    name: textOf(stage, 'StageName'),
    deploymentId,
    variables: tableOf(stage, 'Variables'),
    methodSettings: listOf(stage, 'MethodSettings').map((setting) => {
      const read = setting as Record<string, unknown>;
      return {
        ...limited(stage, String(read.HttpMethod), String(read.ResourcePath), methods),
        ...(read.ThrottlingRateLimit !== undefined && { rateLimit: Number(read.ThrottlingRateLimit) }),
        ...(read.ThrottlingBurstLimit !== undefined && { burstLimit: Number(read.ThrottlingBurstLimit) }),
      };
    }),
    ...(destination !== undefined && { accessLog: accessLogOf(stage, destination) }),
  };
}

function accessLogOf(stage: ResolvedResource, destination: string): NonNullable<Stage['accessLog']> {
  const [, logGroup] = /:log-group:([^:]+)(?::\*)?$/.exec(destination) ?? [];
  if (logGroup === undefined)
    refuseTemplate(`${stage.logicalId}: access logs go to ${destination}, which is no log group`);
  const format = textOf(stage, 'AccessLogSetting.Format');
  const unknown = unknownVariable(format);
  if (unknown !== undefined) refuseTemplate(`${stage.logicalId}: $context.${unknown} is no variable of access logs`);
  if (!/\$context\.(requestId|extendedRequestId)\b/.test(format)) {
    refuseTemplate(`${stage.logicalId}: an access log format must contain $context.requestId or extendedRequestId`);
  }
  return { logGroup, format };
}

/**
 * Whose settings these are: all methods' (`*` and `/*`) or those of one that is there, for another's would hold nothing back.
 * Of its path each slash but the first is written as `~1`: `/a/b` is `/~1a~1b` (documented: CloudFormation, `MethodSetting`).
 */
function limited(
  stage: ResolvedResource,
  httpMethod: string,
  encoded: string,
  methods: readonly Method[],
): Pick<MethodSetting, 'httpMethod' | 'resourcePath'> {
  const path = encoded.slice(1);
  const isWritten =
    encoded.startsWith('/') && !path.includes('/') && (path === '' || path === '*' || path.startsWith('~1'));
  if (!isWritten) refuseTemplate(`${stage.logicalId}: MethodSettings.ResourcePath ${encoded} must be like /~1a~1b`);
  const resourcePath = path === '*' ? '/*' : path.replaceAll('~1', '/') || '/';
  const fits =
    httpMethod === '*' || resourcePath === '/*'
      ? httpMethod === '*' && resourcePath === '/*'
      : methods.some((method) => method.resourcePath === resourcePath && method.httpMethod === httpMethod);
  if (!fits) refuseTemplate(`${stage.logicalId}: MethodSettings for ${httpMethod} ${resourcePath} fit no method`);
  return { httpMethod, resourcePath };
}
