/** The IAM roles of a template with every policy that is attached to them. */
import type { ResolvedResource } from './intrinsics.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import type { Role } from './model.ts';
import { listOf, propertyAt, textsOf } from './properties.ts';
import { refuseTemplate } from './refusal.ts';

/** A role and which services may take it. */
export interface TrustedRole extends Role {
  services: string[];
}

/** Roles by ARN. Throws a `TemplateRefusal` for a managed policy whose content is not known. */
export function readRoles(resources: ResolvedResource[]): ReadonlyMap<string, TrustedRole> {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const customerManaged = ofType('AWS::IAM::ManagedPolicy');
  return new Map(
    ofType('AWS::IAM::Role').map((role) => {
      const { ref: name, attributes } = role.identity;
      const arn = attributes.Arn ?? '';
      const attached = [...ofType('AWS::IAM::Policy'), ...customerManaged].filter((policy) =>
        textsOf(policy, 'Roles').includes(name),
      );
      const policies = [
        ...listOf(role, 'Policies').map((policy) => (policy as { PolicyDocument?: unknown }).PolicyDocument),
        ...attached.map((policy) => propertyAt(policy, 'PolicyDocument')),
        ...textsOf(role, 'ManagedPolicyArns').map((policyArn) => {
          const [, awsName] = policyArn.split(':iam::aws:policy/');
          if (awsName !== undefined && Object.hasOwn(MANAGED_POLICIES, awsName)) return MANAGED_POLICIES[awsName];
          const own = customerManaged.find(({ identity }) => identity.ref === policyArn);
          return own === undefined
            ? refuseTemplate(`${role.logicalId}: the content of managed policy ${policyArn} is not known`)
            : propertyAt(own, 'PolicyDocument');
        }),
      ];
      return [arn, { name, arn, policies, services: trustedServices(role) }] as const;
    }),
  );
}

interface Statement {
  Effect?: string;
  Action?: string | string[];
  Principal?: { Service?: string | string[] };
}

function trustedServices(role: ResolvedResource): string[] {
  const statements = [propertyAt(role, 'AssumeRolePolicyDocument.Statement') ?? []].flat() as Statement[];
  return statements
    .filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes('sts:AssumeRole'))
    .flatMap(({ Principal }) => [Principal?.Service ?? []].flat());
}
