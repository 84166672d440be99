/** The Lambda authorisers of a template. Refuses what API Gateway refuses, and kinds that are not played. */
import type { ResolvedResource } from './intrinsics.ts';
import type { Authorizer, LambdaFunction } from './model.ts';
import { optionalNumber, optionalText, textOf } from './properties.ts';
import { refuseTemplate } from './refusal.ts';

const URI = /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;
/** Documented: 300 seconds where nothing is said, at most an hour. */
const TTL_SECONDS = { default: 300, most: 3600 };

/** By their id. Throws a `TemplateRefusal`. */
export function readAuthorizers(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): ReadonlyMap<string, Authorizer> {
  return new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGateway::Authorizer')
      .map((resource) => {
        const fail = (why: string): never => refuseTemplate(`${resource.logicalId} (${resource.type}): ${why}`);
        const type = textOf(resource, 'Type');
        if (type !== 'TOKEN') fail(`type ${type} is not known`);
        const [, header] = /^method\.request\.header\.([\w-]+)$/.exec(textOf(resource, 'IdentitySource')) ?? [];
        if (header === undefined) return fail('its identity source is no header');
        const uri = textOf(resource, 'AuthorizerUri');
        const [, functionArn] = URI.exec(uri) ?? [];
        const target = [...functions.values()].find(({ arn }) => arn === functionArn);
        if (target === undefined) return fail(`${uri} leads to no function of the template`);
        const ttlSeconds = optionalNumber(resource, 'AuthorizerResultTtlInSeconds') ?? TTL_SECONDS.default;
        if (ttlSeconds < 0 || ttlSeconds > TTL_SECONDS.most) fail('AuthorizerResultTtlInSeconds must be 0 to 3600');
        const id = resource.identity.ref;
        const expression = optionalText(resource, 'IdentityValidationExpression') ?? '.*';
        if (!isExpression(expression)) fail(`${expression} is no regular expression`);
        return [id, { id, function: target.logicalId, header: header.toLowerCase(), expression, ttlSeconds }] as const;
      }),
  );
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}
