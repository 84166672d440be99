/** Reads the IAM roles of a template with all policies that are attached to them. */

import type { FunctionRole } from './gateway-model.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import { getList, getProperty, getStringList } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** A role and the services that can assume it. */
export interface TrustedRole extends FunctionRole {
  services: string[];
  /** The policies that CloudFormation creates with the role. */
  ownPolicies: unknown[];
  /** The policies that CloudFormation attaches later. */
  attachedPolicies: { logicalId: string; document: unknown }[];
}

/** Returns the roles by ARN. Throws an `UnsupportedTemplateError` for a managed policy whose content is unknown. */
export function readRoles(resources: ResolvedResource[]): ReadonlyMap<string, TrustedRole> {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const customerManaged = ofType('AWS::IAM::ManagedPolicy');
  return new Map(
    ofType('AWS::IAM::Role').map((role) => {
      const { ref: name, attributes } = role.identity;
      const arn = attributes.Arn ?? '';
      const attachedPolicies = [...ofType('AWS::IAM::Policy'), ...customerManaged]
        .filter((policy) => getStringList(policy, 'Roles').includes(name))
        .map((policy) => ({ logicalId: policy.logicalId, document: getProperty(policy, 'PolicyDocument') }));
      const ownPolicies = [
        ...getList(role, 'Policies').map((policy) => (policy as { PolicyDocument?: unknown }).PolicyDocument),
        ...getStringList(role, 'ManagedPolicyArns').map((policyArn) => {
          const [, awsName] = policyArn.split(':iam::aws:policy/');
          if (awsName !== undefined && Object.hasOwn(MANAGED_POLICIES, awsName)) return MANAGED_POLICIES[awsName];
          const policy = customerManaged.find(({ identity }) => identity.ref === policyArn);
          return policy === undefined
            ? rejectTemplate(
                `${role.logicalId}: the content of managed policy ${policyArn} is unknown: ` +
                  'add it to local/gateway/template/managed-policies.ts',
              )
            : getProperty(policy, 'PolicyDocument');
        }),
      ];
      const policies = [...ownPolicies, ...attachedPolicies.map(({ document }) => document)];
      const services = readTrustedServices(role);
      return [arn, { name, arn, policies, ownPolicies, attachedPolicies, services }] as const;
    }),
  );
}

interface TrustStatement {
  Effect?: string;
  Action?: string | string[];
  Principal?: { Service?: string | string[] };
}

function readTrustedServices(role: ResolvedResource): string[] {
  const statements = [getProperty(role, 'AssumeRolePolicyDocument.Statement') ?? []].flat() as TrustStatement[];
  return statements
    .filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes('sts:AssumeRole'))
    .flatMap(({ Principal }) => [Principal?.Service ?? []].flat());
}
