/** Reads the stage of a REST API: throttling, access log, variables. */
import { findUnknownVariable } from './context-variables.ts';
import type { Method, MethodSetting, Stage } from './gateway-model.ts';
import { getList, getOptionalString, getString, getStringMap } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** Throws an `UnsupportedTemplateError` for what API Gateway rejects, and for throttling settings that match no method. */
export function readStage(stage: ResolvedResource, deploymentId: string, methods: readonly Method[]): Stage {
  const destination = getOptionalString(stage, 'AccessLogSetting.DestinationArn');
  return {
    name: getString(stage, 'StageName'),
    deploymentId,
    variables: getStringMap(stage, 'Variables'),
    methodSettings: getList(stage, 'MethodSettings').map((setting) => {
      const { HttpMethod, ResourcePath, ThrottlingRateLimit, ThrottlingBurstLimit } = setting as Record<
        string,
        unknown
      >;
      return {
        ...readMethodSettingTarget(stage, String(HttpMethod), String(ResourcePath), methods),
        ...(ThrottlingRateLimit !== undefined && { rateLimit: Number(ThrottlingRateLimit) }),
        ...(ThrottlingBurstLimit !== undefined && { burstLimit: Number(ThrottlingBurstLimit) }),
      };
    }),
    ...(destination !== undefined && { accessLog: readAccessLog(stage, destination) }),
  };
}

function readAccessLog(stage: ResolvedResource, destination: string): NonNullable<Stage['accessLog']> {
  const [, logGroup] = /:log-group:([^:]+)(?::\*)?$/.exec(destination) ?? [];
  if (logGroup === undefined)
    rejectTemplate(`${stage.logicalId}: the access log's destination ${destination} is not a log group`);
  const format = getString(stage, 'AccessLogSetting.Format');
  const unknown = findUnknownVariable(format);
  if (unknown !== undefined)
    rejectTemplate(`${stage.logicalId}: the access log variable $context.${unknown} does not exist`);
  if (!/\$context\.(requestId|extendedRequestId)\b/.test(format)) {
    rejectTemplate(`${stage.logicalId}: an access log format must contain $context.requestId or extendedRequestId`);
  }
  return { logGroup, format };
}

/**
 * Returns which methods a setting applies to: all (`*` and `/*`), or one. A setting for a method that does not exist is rejected:
 * it would have no effect. In the path of a setting, `~1` encodes each slash after the first: `/a/b` is written `/~1a~1b`
 * (documented: CloudFormation, `MethodSetting`).
 */
function readMethodSettingTarget(
  stage: ResolvedResource,
  httpMethod: string,
  encoded: string,
  methods: readonly Method[],
): Pick<MethodSetting, 'httpMethod' | 'resourcePath'> {
  const path = encoded.slice(1);
  const isEncoded =
    encoded.startsWith('/') && !path.includes('/') && (path === '' || path === '*' || path.startsWith('~1'));
  if (!isEncoded) {
    rejectTemplate(
      `${stage.logicalId}: MethodSettings.ResourcePath ${encoded} must encode slashes after the first: /~1a~1b for /a/b`,
    );
  }
  const resourcePath = path === '*' ? '/*' : path.replaceAll('~1', '/') || '/';
  const matches =
    httpMethod === '*' || resourcePath === '/*'
      ? httpMethod === '*' && resourcePath === '/*'
      : methods.some((method) => method.resourcePath === resourcePath && method.httpMethod === httpMethod);
  if (!matches) rejectTemplate(`${stage.logicalId}: MethodSettings for ${httpMethod} ${resourcePath} match no method`);
  return { httpMethod, resourcePath };
}
