/** Reads the Lambda authorizers of a template. Rejects what API Gateway rejects, and types that are not supported. */

import { findFunctionByArn, parseInvocationUri } from './find-function.ts';
import type { Authorizer, LambdaFunction } from './gateway-model.ts';
import { getOptionalNumber, getOptionalString, getString } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

/** Documented: 300 seconds by default, at most an hour. */
const TTL_SECONDS = { default: 300, max: 3600 };

/** Returns the authorizers by id. Throws an `UnsupportedTemplateError`. */
export function readAuthorizers(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): ReadonlyMap<string, Authorizer> {
  return new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGateway::Authorizer')
      .map((resource) => {
        const reject = createRejectResource(resource);
        const type = getString(resource, 'Type');
        if (type !== 'TOKEN') reject(`type ${type} is not supported`);
        const [, header] = /^method\.request\.header\.([\w-]+)$/.exec(getString(resource, 'IdentitySource')) ?? [];
        if (header === undefined) return reject('its identity source is not a header');
        const uri = getString(resource, 'AuthorizerUri');
        const invocation = parseInvocationUri(uri);
        if (invocation?.operation !== 'buffered') return reject(`AuthorizerUri ${uri} is not supported`);
        const target = findFunctionByArn(functions, invocation.functionArn);
        if (target === undefined) return reject(`function ${invocation.functionArn} is not in the template`);
        const ttlSeconds = getOptionalNumber(resource, 'AuthorizerResultTtlInSeconds') ?? TTL_SECONDS.default;
        if (ttlSeconds < 0 || ttlSeconds > TTL_SECONDS.max)
          reject(`AuthorizerResultTtlInSeconds ${ttlSeconds} must be 0 to ${TTL_SECONDS.max}`);
        const id = resource.identity.ref;
        const expression = getOptionalString(resource, 'IdentityValidationExpression') ?? '.*';
        if (!isRegularExpression(expression))
          reject(`IdentityValidationExpression ${expression} is not a regular expression`);
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
