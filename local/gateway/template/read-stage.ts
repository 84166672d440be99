/** The stage of a REST API: throttles, access log, variables. */
import { findUnknownVariable } from './context-variables.ts';
import type { Method, MethodSetting, Stage } from './gateway-model.ts';
import { getList, getOptionalString, getString, getStringMap } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** Throws a `UnsupportedTemplateError` for what API Gateway refuses, and for a throttle that would limit none of the methods. */
export function readStage(stage: ResolvedResource, deploymentId: string, methods: readonly Method[]): Stage {
  const destination = getOptionalString(stage, 'AccessLogSetting.DestinationArn');
  return {
    name: getString(stage, 'StageName'),
    deploymentId,
    variables: getStringMap(stage, 'Variables'),
    methodSettings: getList(stage, 'MethodSettings').map((setting) => {
      const read = setting as Record<string, unknown>;
      return {
        ...readMethodSettingTarget(stage, String(read.HttpMethod), String(read.ResourcePath), methods),
        ...(read.ThrottlingRateLimit !== undefined && { rateLimit: Number(read.ThrottlingRateLimit) }),
        ...(read.ThrottlingBurstLimit !== undefined && { burstLimit: Number(read.ThrottlingBurstLimit) }),
      };
    }),
    ...(destination !== undefined && { accessLog: readAccessLog(stage, destination) }),
  };
}

function readAccessLog(stage: ResolvedResource, destination: string): NonNullable<Stage['accessLog']> {
  const [, logGroup] = /:log-group:([^:]+)(?::\*)?$/.exec(destination) ?? [];
  if (logGroup === undefined)
    rejectTemplate(`${stage.logicalId}: access logs go to ${destination}, which is no log group`);
  const format = getString(stage, 'AccessLogSetting.Format');
  const unknown = findUnknownVariable(format);
  if (unknown !== undefined) rejectTemplate(`${stage.logicalId}: $context.${unknown} is no variable of access logs`);
  if (!/\$context\.(requestId|extendedRequestId)\b/.test(format)) {
    rejectTemplate(`${stage.logicalId}: an access log format must contain $context.requestId or extendedRequestId`);
  }
  return { logGroup, format };
}

/**
 * Whose settings these are: all methods' (`*` and `/*`) or those of one that is there, for another's would hold nothing back.
 * Of its path each slash but the first is written as `~1`: `/a/b` is `/~1a~1b` (documented: CloudFormation, `MethodSetting`).
 */
function readMethodSettingTarget(
  stage: ResolvedResource,
  httpMethod: string,
  encoded: string,
  methods: readonly Method[],
): Pick<MethodSetting, 'httpMethod' | 'resourcePath'> {
  const path = encoded.slice(1);
  const isWritten =
    encoded.startsWith('/') && !path.includes('/') && (path === '' || path === '*' || path.startsWith('~1'));
  if (!isWritten) rejectTemplate(`${stage.logicalId}: MethodSettings.ResourcePath ${encoded} must be like /~1a~1b`);
  const resourcePath = path === '*' ? '/*' : path.replaceAll('~1', '/') || '/';
  const fits =
    httpMethod === '*' || resourcePath === '/*'
      ? httpMethod === '*' && resourcePath === '/*'
      : methods.some((method) => method.resourcePath === resourcePath && method.httpMethod === httpMethod);
  if (!fits) rejectTemplate(`${stage.logicalId}: MethodSettings for ${httpMethod} ${resourcePath} fit no method`);
  return { httpMethod, resourcePath };
}
