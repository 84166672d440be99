import { Validations } from 'aws-cdk-lib';
import { type ISubnet, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/config-types.ts';
import { calculateRelayMemory } from '../../config/limits.ts';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import type { LogOptions } from './audit-log-group.ts';
import { ProxyFunction, type ProxyFunctionProps } from './proxy-function.ts';
import { RelayNetwork, type RelayNetworkOptions } from './relay-network.ts';
import { acknowledgeRelayRole, createRelayPolicies } from './relay-policies.ts';
import { type ResourceReference, resolveReference } from './resource-reference.ts';

export interface RelayFunctionProps {
  /** The name of the environment in the configuration and in the paths of the API. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  readonly code: Code;
  /** Default: CloudFormation chooses a name. */
  readonly functionName?: string;
  readonly logs: LogOptions;
  /** The log group of all relays. */
  readonly logGroup: ILogGroup;
  /** The security group of the `airflow.env` endpoint that this stack creates in the VPC. */
  readonly createdEndpointSecurityGroup: string | undefined;
  /** Default: the one of RELAY_FUNCTION. */
  readonly handler?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** The permissions of its role, in addition to those of every relay. */
  readonly policies?: Readonly<Record<string, PolicyDocument>>;
  /** What the relay also connects to, and which of its rules the stack has only under a condition. */
  readonly networkOptions?: RelayNetworkOptions;
}

/** The relay of one MWAA environment: its function, role, and security group. */
export class RelayFunction extends Construct {
  readonly proxyFunction: ProxyFunction;
  readonly network: NonNullable<ProxyFunctionProps['network']>;

  constructor(scope: Construct, id: string, props: RelayFunctionProps) {
    super(scope, id);
    const { name, environment, functionName, code, logs, logGroup, createdEndpointSecurityGroup } = props;
    const { handler = RELAY_FUNCTION.handler, variables, policies, networkOptions } = props;
    const { vpc: network, concurrency, timeouts, limits } = environment;
    const mwaaName = environment.mwaaName ?? name;
    // A lookup of the VPC would need an AWS account at synthesis. The availability zones are required here, but not used.
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: resolveReference(network.id), availabilityZones: ['any'] });
    const subnets = network.subnets.map((subnet, index) => importSubnet(this, index, subnet));
    const { securityGroup } = new RelayNetwork(this, 'Network', {
      name,
      network,
      createdEndpointSecurityGroup,
      ...networkOptions,
    });

    this.network = { vpc, subnets: { subnets }, securityGroup };

    this.proxyFunction = new ProxyFunction(this, 'Relay', {
      ...(functionName === undefined ? {} : { functionName }),
      ...(variables === undefined ? {} : { variables }),
      handler,
      description: `Relay of the MWAA environment ${mwaaName}`,
      code,
      logs,
      logGroup,
      // The relay mostly waits, and waiting costs more with more memory. Initialization runs at full speed regardless of memory.
      memorySize: calculateRelayMemory(limits.answerBytes),
      timeoutSeconds: timeouts.functionSeconds,
      policies: { ...createRelayPolicies(this, mwaaName), ...policies },
      // The maximum number of concurrent commands. Lambda throttles further requests before anything is sent to Airflow.
      ...(concurrency === 'unreserved' ? {} : { reservedConcurrency: concurrency }),
      network: this.network,
    });
    acknowledgeRelayRole(this.proxyFunction.role);
  }
}

function importSubnet(scope: Construct, index: number, reference: ResourceReference): ISubnet {
  const subnet = Subnet.fromSubnetId(scope, `Subnet${index}`, resolveReference(reference));
  Validations.of(subnet).acknowledge({
    id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'The subnet is used only to place a function, which needs no route table ID.',
  });
  return subnet;
}
