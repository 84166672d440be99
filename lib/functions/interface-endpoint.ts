import { Stack, Validations } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint, type InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { createAllowStatement } from './proxy-function.ts';
import { type ResourceReference, resolveReference } from './resource-reference.ts';

export const HTTPS_PORT_RANGE = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };

export interface InterfaceEndpointProps {
  readonly service: InterfaceVpcEndpointAwsService;
  readonly vpcId: ResourceReference;
  readonly subnets: readonly ResourceReference[];
  /** The CIDR blocks whose connections the endpoint accepts. With private DNS these must be those of the whole VPC. */
  readonly cidrs: readonly string[];
  /** Whether the name of the service resolves to the endpoint in the whole VPC. */
  readonly privateDns: boolean;
  /** The IAM prefix of the actions that the endpoint lets through, such as `airflow`. */
  readonly actionPrefix: string;
}

/**
 * An interface endpoint. Its policy lets every action of the service through, because other clients in the VPC may use the endpoint
 * too, but only on resources of this account and region. So nobody can use it to carry data to another account.
 */
export class InterfaceEndpoint extends Construct {
  readonly endpointId: string;
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, props: InterfaceEndpointProps) {
    super(scope, id);
    const { service, vpcId, subnets, cidrs, privateDns, actionPrefix } = props;
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
      privateDnsEnabled: privateDns,
      policyDocument: createEndpointPolicy(Stack.of(this), actionPrefix),
    });
    this.endpointId = endpoint.attrId;
    this.securityGroupId = group.attrGroupId;
    Validations.of(group).acknowledge({
      id: 'CdkNagValidationFailure[AwsSolutions-EC23]',
      reason: 'The rule cannot check CIDR blocks that are known only at deployment.',
    });
  }
}

function createEndpointPolicy(stack: Stack, actionPrefix: string): PolicyDocument {
  const { partition, region, account } = stack;
  const statement = createAllowStatement(
    [`${actionPrefix}:*`],
    [`arn:${partition}:${actionPrefix}:${region}:${account}:*`],
  );
  statement.addPrincipals(new AnyPrincipal());
  return new PolicyDocument({ statements: [statement] });
}
