import { Validations } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint, type InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { type ResourceReference, resolveReference } from './resource-reference.ts';

export const HTTPS_PORT_RANGE = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };

export interface InterfaceEndpointProps {
  readonly service: InterfaceVpcEndpointAwsService;
  readonly vpcId: ResourceReference;
  readonly subnets: readonly ResourceReference[];
  /** The CIDR blocks of the VPC, because the private DNS name of the endpoint applies to the whole VPC. */
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
      groupDescription: `Interface endpoint for ${service.shortName}`,
      securityGroupIngress: cidrs.map((cidrIp) => ({ ...HTTPS_PORT_RANGE, cidrIp, description: 'VPC' })),
      // An endpoint opens no connections. This rule matches nothing; EC2 would replace an empty list with a rule that allows all.
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
      reason: 'The rule cannot check CIDR blocks that are known only at deployment.',
    });
  }
}
