import { isDeepStrictEqual } from 'node:util';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupIngress, type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/config-types.ts';
import { HTTPS_PORT_RANGE } from './interface-endpoint.ts';
import { type ResourceReference, resolveReference } from './resource-reference.ts';

export interface RelayNetworkProps {
  /** The environment's name in the configuration. */
  readonly name: string;
  readonly network: EnvironmentConfig['vpc'];
  /** Security group of the `airflow.env` endpoint that the stack itself makes in this VPC. It lets in the whole VPC. */
  readonly createdEndpointSecurityGroup: string | undefined;
}

/**
 * The way of one relay function through its VPC: out on 443 to the web server and to the `airflow.env` endpoint, nowhere
 * else, and the rules that let it in there. Name resolution needs no rule: security groups do not see the VPC's resolver.
 */
export class RelayNetwork extends Construct {
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, id: string, { name, network, createdEndpointSecurityGroup }: RelayNetworkProps) {
    super(scope, id);
    const reached = listDestinations(network, createdEndpointSecurityGroup);
    // Not the CDK's own class, which would let the rules stand outside the group: here the group is all there is.
    const group = new CfnSecurityGroup(this, 'Group', {
      vpcId: resolveReference(network.id),
      groupDescription: `Relay to ${name}`,
      securityGroupEgress: reached.map(({ groupId: destinationSecurityGroupId, description }) => ({
        ...HTTPS_PORT_RANGE,
        destinationSecurityGroupId,
        description,
      })),
    });
    this.securityGroup = SecurityGroup.fromSecurityGroupId(this, 'Relay', group.attrGroupId, { mutable: false });
    for (const { key, groupId, ingressRule } of reached) {
      if (ingressRule === 'ours') this.#addIngressRule(key, groupId, name);
      if (ingressRule === 'theirs') this.#outputRequiredRule(key, groupId, name);
    }
  }

  #addIngressRule(key: RelayDestination['key'], groupId: string, name: string): void {
    new CfnSecurityGroupIngress(this, `Into-${key}`, {
      ...HTTPS_PORT_RANGE,
      groupId,
      sourceSecurityGroupId: this.securityGroup.securityGroupId,
      description: `Relay to ${name}`,
    });
  }

  /** For a group that another team owns. In the outer stack, whose outputs are shown when it is deployed. */
  #outputRequiredRule(key: RelayDestination['key'], groupId: string, name: string): void {
    const { nestedStackParent = Stack.of(this) } = Stack.of(this);
    new CfnOutput(nestedStackParent, `RuleFor-${name}-${key}`, {
      description: `${name} cannot be reached before this rule exists`,
      value: `${groupId}: inbound TCP 443 from ${this.securityGroup.securityGroupId}`,
    });
  }
}

interface RelayDestination {
  /** For construct ids: a group's own id may be known at deployment only. */
  readonly key: 'web-server' | 'airflow-env';
  readonly groupId: string;
  readonly description: string;
  /** Who adds the rule that lets the relay in; `none` where one is there already. */
  readonly ingressRule: 'ours' | 'theirs' | 'none';
}

/** One entry a group: where the endpoint shares the web server's, one rule serves both. */
function listDestinations(
  { webServerSecurityGroup, webServerIngress, airflowEndpoint }: EnvironmentConfig['vpc'],
  madeEndpoint: string | undefined,
): RelayDestination[] {
  const webServer = createDestination('web-server', webServerSecurityGroup, 'Airflow web server', webServerIngress);
  if (madeEndpoint !== undefined) {
    return [
      webServer,
      { key: 'airflow-env', groupId: madeEndpoint, description: 'airflow.env endpoint', ingressRule: 'none' },
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
  ingressRule: ingress ? 'ours' : 'theirs',
});
