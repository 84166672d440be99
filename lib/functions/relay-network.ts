import { isDeepStrictEqual } from 'node:util';
import { Aws, type CfnCondition, CfnOutput, Fn, type IResolvable, Stack, Validations } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupIngress, type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/config-types.ts';
import { HTTPS_PORT_RANGE } from './interface-endpoint.ts';
import { type ResourceReference, resolveReference } from './resource-reference.ts';

/** For a template with parameters. */
export interface RelayNetworkOptions {
  /** The prefix list of S3, which the relay may connect to. */
  readonly s3PrefixList?: string;
  /** Whether the `airflow.env` endpoint has a security group of its own. */
  readonly hasEndpointGroup?: CfnCondition;
  /** Whether this stack adds the inbound rule for the relay to each group. */
  readonly managesIngress?: Readonly<Record<RelayDestination['key'], CfnCondition>>;
}

export interface RelayNetworkProps extends RelayNetworkOptions {
  /** The name of the environment in the configuration. */
  readonly name: string;
  readonly network: EnvironmentConfig['vpc'];
  /** The security group of the `airflow.env` endpoint that this stack creates in the VPC. It allows the whole VPC. */
  readonly createdEndpointSecurityGroup: string | undefined;
}

/**
 * The security group of one relay. It allows outbound TCP 443 to the web server and to the `airflow.env` endpoint, and nothing else.
 * The construct also adds the inbound rules at both destinations. DNS needs no rule, because security groups do not apply to the
 * resolver of the VPC.
 */
export class RelayNetwork extends Construct {
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, id: string, props: RelayNetworkProps) {
    super(scope, id);
    const { name, network, createdEndpointSecurityGroup, s3PrefixList, managesIngress, hasEndpointGroup } = props;
    const destinations = listDestinations(network, createdEndpointSecurityGroup);
    const isConditional = ({ key }: RelayDestination) => key === 'airflow-env' && hasEndpointGroup !== undefined;
    // The class SecurityGroup of the CDK would create some rules as separate resources. Here all rules are in the group.
    const group = new CfnSecurityGroup(this, 'Group', {
      vpcId: resolveReference(network.id),
      groupDescription: `Relay of ${name}`,
      securityGroupEgress: [
        ...destinations.map((destination) => {
          const { groupId: destinationSecurityGroupId, description } = destination;
          const rule = { ...HTTPS_PORT_RANGE, destinationSecurityGroupId, description };
          return isConditional(destination) ? toConditional(hasEndpointGroup!, rule) : rule;
        }),
        ...(s3PrefixList === undefined
          ? []
          : [{ ...HTTPS_PORT_RANGE, destinationPrefixListId: s3PrefixList, description: 'S3' }]),
      ],
    });
    if (hasEndpointGroup !== undefined) {
      Validations.of(group).acknowledge({
        id: 'AwsSolutions-EC27',
        reason: 'Every rule has a description. The check cannot see that of a rule with a condition.',
      });
    }
    this.securityGroup = SecurityGroup.fromSecurityGroupId(this, 'Relay', group.attrGroupId, { mutable: false });
    for (const { key, groupId, ingressRule } of destinations) {
      if (ingressRule === 'managed') this.#addIngressRule(key, groupId, name, managesIngress?.[key]);
      if (ingressRule === 'external') this.#outputRequiredRule(key, groupId, name);
    }
  }

  #addIngressRule(
    key: RelayDestination['key'],
    groupId: string,
    name: string,
    condition: CfnCondition | undefined,
  ): void {
    const rule = new CfnSecurityGroupIngress(this, `IngressTo-${key}`, {
      ...HTTPS_PORT_RANGE,
      groupId,
      sourceSecurityGroupId: this.securityGroup.securityGroupId,
      description: `Relay of ${name}`,
    });
    if (condition !== undefined) rule.cfnOptions.condition = condition;
  }

  /** Outputs the rule that another team must add to its group. The outer stack has the output, because deployments show its outputs. */
  #outputRequiredRule(key: RelayDestination['key'], groupId: string, name: string): void {
    const { nestedStackParent = Stack.of(this) } = Stack.of(this);
    // In a construct of its own, because the name of an output directly in a stack does not distinguish `a-b` and `ab`.
    new CfnOutput(new Construct(nestedStackParent, `RequiredRule-${name}-${key}`), 'Rule', {
      description: `Add this rule to the security group. Until then, the relay cannot connect to ${name}`,
      value: `${groupId}: inbound TCP 443 from ${this.securityGroup.securityGroupId}`,
    });
  }
}

/** A rule of a list, which is left out if the condition is false. The keys are those of the template. */
const toConditional = (condition: CfnCondition, rule: Readonly<Record<string, unknown>>): IResolvable =>
  Fn.conditionIf(
    condition.logicalId,
    Object.fromEntries(Object.entries(rule).map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), value])),
    Aws.NO_VALUE,
  );

interface RelayDestination {
  /** Used in construct IDs, because the ID of the group may be known only at deployment. */
  readonly key: 'web-server' | 'airflow-env';
  readonly groupId: string;
  readonly description: string;
  /** Who adds the inbound rule for the relay: this stack, or another team. `none`: the group already has one. */
  readonly ingressRule: 'managed' | 'external' | 'none';
}

/** Lists the security groups to connect to. If the endpoint has the group of the web server, one entry covers both. */
function listDestinations(
  { webServerSecurityGroup, webServerIngress, airflowEndpoint }: EnvironmentConfig['vpc'],
  createdEndpointGroup: string | undefined,
): RelayDestination[] {
  const webServer = createDestination('web-server', webServerSecurityGroup, 'Airflow web server', webServerIngress);
  if (createdEndpointGroup !== undefined) {
    return [
      webServer,
      { key: 'airflow-env', groupId: createdEndpointGroup, description: 'airflow.env endpoint', ingressRule: 'none' },
    ];
  }
  const { securityGroup, ingress = true } = airflowEndpoint ?? {};
  if (securityGroup === undefined || isDeepStrictEqual(securityGroup, webServerSecurityGroup)) return [webServer];
  return [webServer, createDestination('airflow-env', securityGroup, 'airflow.env endpoint', ingress)];
}

const createDestination = (
  key: RelayDestination['key'],
  group: ResourceReference,
  description: string,
  ingress: boolean,
): RelayDestination => ({
  key,
  groupId: resolveReference(group),
  description,
  ingressRule: ingress ? 'managed' : 'external',
});
