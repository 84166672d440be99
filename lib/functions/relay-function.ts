import { Validations } from 'aws-cdk-lib';
import { type ISubnet, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { RELAY, RELAY_BUFFERED_HANDLER } from '../../lambda/names.ts';
import type { Environment } from '../config/config-types.ts';
import { memoryFor } from '../config/limits.ts';
import type { Responses } from '../config/time-outs.ts';
import { type ApiOfStage, apiVariables } from './api-variables.ts';
import type { LogOptions } from './log-group.ts';
import { ProxyFunction } from './proxy-function.ts';
import { type Reference, referenced } from './reference.ts';
import { RelayNetwork } from './relay-network.ts';
import { explainRelayRole, relayPolicies } from './relay-policies.ts';

export interface RelayFunctionProps {
  /** The environment's name in the configuration, which is also its place in the API's path. */
  readonly name: string;
  readonly environment: Environment;
  readonly code: Code;
  readonly logs: LogOptions;
  readonly responses: Responses;
  /** The only API and stage whose events the function trusts. */
  readonly api: ApiOfStage;
  /** Security group of the `airflow.env` endpoint that the stack itself makes in this VPC. */
  readonly madeEndpoint: string | undefined;
}

/** The relay to one MWAA environment: its function, role, log group and security group. */
export class RelayFunction extends Construct {
  readonly relay: ProxyFunction;

  constructor(scope: Construct, id: string, props: RelayFunctionProps) {
    super(scope, id);
    const { name, environment, code, logs, responses, api, madeEndpoint } = props;
    const { vpc: network, concurrency, timeouts, limits } = environment;
    const mwaaName = environment.mwaaName ?? name;
    // By its attributes and not looked up, so that synthesis needs no account. The zones are asked for and never used.
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: referenced(network.id), availabilityZones: ['any'] });
    const subnets = network.subnets.map((subnet, index) => importSubnet(this, index, subnet));
    const { securityGroup } = new RelayNetwork(this, 'Network', { name, network, madeEndpoint });

    this.relay = new ProxyFunction(this, 'Relay', {
      handler: responses === 'stream' ? RELAY.handler : RELAY_BUFFERED_HANDLER,
      description: `Relay to the MWAA environment ${mwaaName}`,
      code,
      logs,
      // It waits more than it works, and waiting is paid by the megabyte. Lambda starts it at full speed all the same.
      memorySize: memoryFor(limits.answerBytes),
      timeoutSeconds: timeouts.functionSeconds,
      variables: apiVariables(api),
      policies: relayPolicies(this, mwaaName),
      // The environment's in-flight limit: Lambda refuses what is beyond it, before anything is sent.
      ...(concurrency === 'unreserved' ? {} : { reservedConcurrency: concurrency }),
      network: { vpc, subnets: { subnets }, securityGroup },
    });
    explainRelayRole(this.relay.role);
  }
}

function importSubnet(scope: Construct, index: number, reference: Reference): ISubnet {
  const subnet = Subnet.fromSubnetId(scope, `Subnet${index}`, referenced(reference));
  Validations.of(subnet).acknowledge({
    id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'A function is placed in the subnet, and nothing asks for its route table.',
  });
  return subnet;
}
