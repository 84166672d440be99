/** The Lambda authorizers of a template. Refuses what API Gateway refuses, and kinds that are not played. */

import type { Authorizer, LambdaFunction } from './gateway-model.ts';
import { getOptionalNumber, getOptionalString, getString } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

const AUTHORIZER_URI = /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;
/** Documented: 300 seconds where nothing is said, at most an hour. */
const TTL_SECONDS = { default: 300, most: 3600 };

/** By their id. Throws a `UnsupportedTemplateError`. */
export function readAuthorizers(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): ReadonlyMap<string, Authorizer> {
  return new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGateway::Authorizer')
      .map((resource) => {
        const fail = (why: string): never => rejectTemplate(`${resource.logicalId} (${resource.type}): ${why}`);
        const type = getString(resource, 'Type');
        if (type !== 'TOKEN') fail(`type ${type} is not known`);
        const [, header] = /^method\.request\.header\.([\w-]+)$/.exec(getString(resource, 'IdentitySource')) ?? [];
        if (header === undefined) return fail('its identity source is no header');
        const uri = getString(resource, 'AuthorizerUri');
        const [, functionArn] = AUTHORIZER_URI.exec(uri) ?? [];
        const target = [...functions.values()].find(({ arn }) => arn === functionArn);
        if (target === undefined) return fail(`${uri} leads to no function of the template`);
        const ttlSeconds = getOptionalNumber(resource, 'AuthorizerResultTtlInSeconds') ?? TTL_SECONDS.default;
        if (ttlSeconds < 0 || ttlSeconds > TTL_SECONDS.most) fail('AuthorizerResultTtlInSeconds must be 0 to 3600');
        const id = resource.identity.ref;
        const expression = getOptionalString(resource, 'IdentityValidationExpression') ?? '.*';
        if (!isRegularExpression(expression)) fail(`${expression} is no regular expression`);
        return [id, { id, function: target.logicalId, header: header.toLowerCase(), expression, ttlSeconds }] as const;
      }),
  );
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}
