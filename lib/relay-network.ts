import { CfnOutput } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupIngress, type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Environment } from './config.ts';

export interface RelayNetworkProps {
  /** The environment's name in the configuration. */
  readonly name: string;
  readonly network: Environment['vpc'];
}

const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };

/**
 * The way of one relay function through its VPC: out on 443 to the web server and to the `airflow.env` endpoint, nowhere
 * else, and the rules that let it in there. Name resolution needs no rule: security groups do not see the VPC's resolver.
 */
export class RelayNetwork extends Construct {
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, id: string, { name, network }: RelayNetworkProps) {
    super(scope, id);
    // Not the CDK's own class, which would let the rules stand outside the group: here the group is all there is.
    const group = new CfnSecurityGroup(this, 'Group', {
      vpcId: network.id,
      groupDescription: `Relay to ${name}`,
      securityGroupEgress: destinations(network).map(({ id: destinationSecurityGroupId, description }) => ({
        ...HTTPS,
        destinationSecurityGroupId,
        description,
      })),
    });
    this.securityGroup = SecurityGroup.fromSecurityGroupId(this, 'Relay', group.attrGroupId, { mutable: false });
    for (const destination of destinations(network)) {
      if (destination.ingress) this.#letIn(destination.id, name);
      else this.#sayRule(destination.id, name);
    }
  }

  #letIn(groupId: string, name: string): void {
    new CfnSecurityGroupIngress(this, `Into-${groupId}`, {
      ...HTTPS,
      groupId,
      sourceSecurityGroupId: this.securityGroup.securityGroupId,
      description: `Relay to ${name}`,
    });
  }

  /** For a group that another team owns. */
  #sayRule(groupId: string, name: string): void {
    new CfnOutput(this, `RuleFor-${groupId}`, {
      description: `${name} cannot be reached before this rule exists`,
      value: `${groupId}: inbound TCP 443 from ${this.securityGroup.securityGroupId}`,
    });
  }
}

/** One entry a group: where the endpoint shares the web server's, one rule serves both. */
function destinations({ webServerSecurityGroup, webServerIngress, airflowEndpoint }: Environment['vpc']) {
  const webServer = { id: webServerSecurityGroup, description: 'Airflow web server', ingress: webServerIngress };
  if (airflowEndpoint === undefined || airflowEndpoint.securityGroup === webServerSecurityGroup) return [webServer];
  const { securityGroup, ingress } = airflowEndpoint;
  return [webServer, { id: securityGroup, description: 'airflow.env endpoint', ingress }];
}
