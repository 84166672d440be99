import { Validations } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint, type InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { type ResourceReference, resolveReference } from './resource-reference.ts';

export const HTTPS_PORT_RANGE = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };

export interface InterfaceEndpointProps {
  readonly service: InterfaceVpcEndpointAwsService;
  readonly vpcId: ResourceReference;
  readonly subnets: readonly ResourceReference[];
  /** Address ranges of the VPC: its private DNS changes the service's name for all of it. */
  readonly cidrs: readonly string[];
}

/** An interface endpoint with private DNS, open to the whole VPC. */
export class InterfaceEndpoint extends Construct {
  readonly endpointId: string;
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, { service, vpcId, subnets, cidrs }: InterfaceEndpointProps) {
    super(scope, id);
    const group = new CfnSecurityGroup(this, 'Group', {
      vpcId: resolveReference(vpcId),
      groupDescription: `Endpoint of ${service.shortName}`,
      securityGroupIngress: cidrs.map((cidrIp) => ({ ...HTTPS_PORT_RANGE, cidrIp, description: 'The VPC' })),
      // An endpoint answers and asks nothing: this rule stands for none, which EC2 would replace by one to everywhere.
      securityGroupEgress: [{ ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32' }],
    });
    const endpoint = new CfnVPCEndpoint(this, 'Endpoint', {
      serviceName: service.name,
      vpcEndpointType: 'Interface',
      vpcId: resolveReference(vpcId),
      subnetIds: subnets.map(resolveReference),
      securityGroupIds: [group.attrGroupId],
      privateDnsEnabled: true,
    });
    this.endpointId = endpoint.attrId;
    this.securityGroupId = group.attrGroupId;
    Validations.of(group).acknowledge({
      id: 'CdkNagValidationFailure[AwsSolutions-EC23]',
      reason: 'The rule cannot judge a range that is known at deployment only.',
    });
  }
}
