/** The IAM roles of a template with every policy that is attached to them. */

import type { FunctionRole } from './gateway-model.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import { getList, getProperty, getStringList } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** A role and which services may take it. */
export interface TrustedRole extends FunctionRole {
  services: string[];
}

/** Roles by ARN. Throws a `UnsupportedTemplateError` for a managed policy whose content is not known. */
export function readRoles(resources: ResolvedResource[]): ReadonlyMap<string, TrustedRole> {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const customerManaged = ofType('AWS::IAM::ManagedPolicy');
  return new Map(
    ofType('AWS::IAM::Role').map((role) => {
      const { ref: name, attributes } = role.identity;
      const arn = attributes.Arn ?? '';
      const attached = [...ofType('AWS::IAM::Policy'), ...customerManaged].filter((policy) =>
        getStringList(policy, 'Roles').includes(name),
      );
      const policies = [
        ...getList(role, 'Policies').map((policy) => (policy as { PolicyDocument?: unknown }).PolicyDocument),
        ...attached.map((policy) => getProperty(policy, 'PolicyDocument')),
        ...getStringList(role, 'ManagedPolicyArns').map((policyArn) => {
          const [, awsName] = policyArn.split(':iam::aws:policy/');
          if (awsName !== undefined && Object.hasOwn(MANAGED_POLICIES, awsName)) return MANAGED_POLICIES[awsName];
          const own = customerManaged.find(({ identity }) => identity.ref === policyArn);
          return own === undefined
            ? rejectTemplate(`${role.logicalId}: the content of managed policy ${policyArn} is not known`)
            : getProperty(own, 'PolicyDocument');
        }),
      ];
      return [arn, { name, arn, policies, services: readTrustedServices(role) }] as const;
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
