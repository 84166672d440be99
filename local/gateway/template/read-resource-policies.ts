/**
 * Reads the resource-based policies of functions. `AWS::Lambda::ResourcePolicy` is the whole policy of a function. Each
 * `AWS::Lambda::Permission` adds one statement to it.
 *
 * Documented (CloudFormation, `AWS::Lambda::ResourcePolicy`; Lambda, "Using resource-based policies"): the properties, statements that
 * deny, global condition keys, a size of 20 KB, and that the two types overwrite each other on one function.
 * Reported by users of AWS, not documented: the statement that a permission adds.
 */
import { evaluatePolicies, UndecidableError } from '../../iam/evaluate-policies.ts';
import { findFunctionByArn } from './find-function.ts';
import type { LambdaFunction, PolicyDocument } from './gateway-model.ts';
import { isRecord } from './parse-json.ts';
import { getOptionalString, getProperty, getString } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

const MAX_POLICY_BYTES = 20 * 1024;

/** Returns the policies by the function's logical id. Throws an `UnsupportedTemplateError` for what Lambda would reject. */
export async function readResourcePolicies(
  resources: readonly ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): Promise<ReadonlyMap<string, PolicyDocument>> {
  const policies = new Map<string, PolicyDocument>();
  for (const resource of resources.filter(({ type }) => type === 'AWS::Lambda::ResourcePolicy')) {
    const reject = createRejectResource(resource);
    const arn = getString(resource, 'ResourceArn');
    const target = findFunctionByArn(functions, arn) ?? reject(`function ${arn} is not in the template`);
    if (policies.has(target.logicalId)) reject(`${target.logicalId} has another resource policy`);
    const document = getProperty(resource, 'PolicyDocument');
    if (!isRecord(document)) return reject('PolicyDocument must be an object');
    if (JSON.stringify(document).length > MAX_POLICY_BYTES) reject('PolicyDocument exceeds 20 KB');
    await evaluatePolicies({
      principal: { service: 'lambda.amazonaws.com' },
      action: 'lambda:InvokeFunction',
      resource: target.arn,
      resourcePolicy: document,
    }).catch((error: Error) =>
      error instanceof UndecidableError
        ? reject(`PolicyDocument is malformed: ${error.message}`)
        : Promise.reject(error),
    );
    policies.set(target.logicalId, { Version: '2012-10-17', ...document, Statement: [document.Statement].flat() });
  }
  const permissions = Map.groupBy(
    resources.filter(({ type }) => type === 'AWS::Lambda::Permission'),
    (resource) => {
      const nameOrArn = getString(resource, 'FunctionName');
      const target = [...functions.values()].find(({ name, arn }) => name === nameOrArn || arn === nameOrArn);
      return target ?? createRejectResource(resource)(`function ${nameOrArn} is not in the template`);
    },
  );
  for (const [target, [first, ...others]] of permissions) {
    if (first === undefined) continue;
    if (policies.has(target.logicalId)) {
      createRejectResource(first)(
        `${target.logicalId} also has an AWS::Lambda::ResourcePolicy, which overwrites this permission: use one of the two types`,
      );
    }
    const statements = [first, ...others].map((permission) => createStatement(permission, target));
    policies.set(target.logicalId, { Version: '2012-10-17', Statement: statements });
  }
  return policies;
}

function createStatement(permission: ResolvedResource, { arn }: LambdaFunction): unknown {
  const principal = getString(permission, 'Principal');
  const sourceArn = getOptionalString(permission, 'SourceArn');
  const sourceAccount = getOptionalString(permission, 'SourceAccount');
  return {
    Sid: permission.logicalId,
    Effect: 'Allow',
    Principal: /\.amazonaws\.com(\.cn)?$/.test(principal)
      ? { Service: principal }
      : principal === '*'
        ? '*'
        : { AWS: principal },
    Action: getString(permission, 'Action'),
    Resource: arn,
    Condition: {
      ...(sourceArn !== undefined && { ArnLike: { 'aws:SourceArn': sourceArn } }),
      ...(sourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': sourceAccount } }),
    },
  };
}
