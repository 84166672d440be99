import { Validations } from 'aws-cdk-lib';
import { type ISubnet, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/config-types.ts';
import { calculateRelayMemory } from '../../config/limits.ts';
import type { ResponseMode } from '../../config/timeouts.ts';
import { RELAY_BUFFERED_HANDLER, RELAY_FUNCTION } from '../../contract/function-names.ts';
import { type ApiStage, createApiVariables } from './api-stage.ts';
import type { LogOptions } from './audit-log-group.ts';
import { ProxyFunction } from './proxy-function.ts';
import { RelayNetwork } from './relay-network.ts';
import { acknowledgeRelayRole, createRelayPolicies } from './relay-policies.ts';
import { type ResourceReference, resolveReference } from './resource-reference.ts';

export interface RelayFunctionProps {
  /** The environment's name in the configuration, which is also its place in the API's path. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  readonly code: Code;
  readonly logs: LogOptions;
  readonly responseMode: ResponseMode;
  /** The only API and stage whose events the function trusts. */
  readonly apiStage: ApiStage;
  /** Security group of the `airflow.env` endpoint that the stack itself makes in this VPC. */
  readonly createdEndpointSecurityGroup: string | undefined;
}

/** The relay to one MWAA environment: its function, role, log group and security group. */
export class RelayFunction extends Construct {
  readonly proxyFunction: ProxyFunction;

  constructor(scope: Construct, id: string, props: RelayFunctionProps) {
    super(scope, id);
    const { name, environment, code, logs, responseMode, apiStage, createdEndpointSecurityGroup } = props;
    const { vpc: network, concurrency, timeouts, limits } = environment;
    const mwaaName = environment.mwaaName ?? name;
    // By its attributes and not looked up, so that synthesis needs no account. The zones are asked for and never used.
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: resolveReference(network.id), availabilityZones: ['any'] });
    const subnets = network.subnets.map((subnet, index) => importSubnet(this, index, subnet));
    const { securityGroup } = new RelayNetwork(this, 'Network', { name, network, createdEndpointSecurityGroup });

    this.proxyFunction = new ProxyFunction(this, 'Relay', {
      handler: responseMode === 'stream' ? RELAY_FUNCTION.handler : RELAY_BUFFERED_HANDLER,
      description: `Relay to the MWAA environment ${mwaaName}`,
      code,
      logs,
      // It waits more than it works, and waiting is paid by the megabyte. Lambda starts it at full speed all the same.
      memorySize: calculateRelayMemory(limits.answerBytes),
      timeoutSeconds: timeouts.functionSeconds,
      variables: createApiVariables(apiStage),
      policies: createRelayPolicies(this, mwaaName),
      // The environment's in-flight limit: Lambda refuses what is beyond it, before anything is sent.
      ...(concurrency === 'unreserved' ? {} : { reservedConcurrency: concurrency }),
      network: { vpc, subnets: { subnets }, securityGroup },
    });
    acknowledgeRelayRole(this.proxyFunction.role);
  }
}

function importSubnet(scope: Construct, index: number, reference: ResourceReference): ISubnet {
  const subnet = Subnet.fromSubnetId(scope, `Subnet${index}`, resolveReference(reference));
  Validations.of(subnet).acknowledge({
    id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'A function is placed in the subnet, and nothing asks for its route table.',
  });
  return subnet;
}
