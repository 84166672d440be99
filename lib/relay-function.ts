import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type ISubnet, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  Architecture,
  type CfnFunction,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { API_VARIABLES, RELAY } from '../lambda/names.ts';
import type { Environment } from './config.ts';
import { memoryFor } from './limits.ts';
import { RelayNetwork } from './relay-network.ts';
import { relayRole } from './relay-role.ts';

export interface RelayFunctionProps {
  /** The environment's name in the configuration, which is also its place in the API's path. */
  readonly name: string;
  readonly environment: Environment;
  readonly code: Code;
  /** The only API and stage whose events the function trusts. */
  readonly api: { readonly id: string; readonly stage: string };
  /** Who may run what, a sentence a line. Kept in the template's metadata for people to read. */
  readonly grantSentences: readonly string[];
}

/** The relay to one MWAA environment: its function, role, log group and security group. */
export class RelayFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, { name, environment, code, api, grantSentences }: RelayFunctionProps) {
    super(scope, id);
    const { vpc: network, concurrency, timeouts, limits } = environment;
    const mwaaName = environment.mwaaName ?? name;
    const subnets = network.subnets.map((subnet) => importSubnet(this, subnet));
    // By its attributes and not looked up, so that synthesis needs no account. The zones are asked for and never used.
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: network.id, availabilityZones: ['any'] });
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      // It says who ran what: it outlives the stack, and its retention ends it.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { securityGroup } = new RelayNetwork(this, 'Network', { name, network });

    this.function = new LambdaFunction(this, 'Function', {
      description: `Relay to the MWAA environment ${mwaaName}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: RELAY.handler,
      code,
      // It waits more than it works, and waiting is paid by the megabyte. Lambda starts it at full speed all the same.
      memorySize: memoryFor(limits.answerBytes),
      timeout: Duration.seconds(timeouts.functionSeconds),
      // The environment's in-flight limit: Lambda refuses what is beyond it, before anything is sent.
      ...(concurrency === 'unreserved' ? {} : { reservedConcurrentExecutions: concurrency }),
      role: relayRole(this, 'Role', { mwaaName, logGroup }),
      vpc,
      vpcSubnets: { subnets },
      securityGroups: [securityGroup],
      logGroup,
      // Our lines are JSON already; Lambda's JSON format would wrap them once more.
      loggingFormat: LoggingFormat.TEXT,
      environment: { [API_VARIABLES.apiId]: api.id, [API_VARIABLES.apiStage]: api.stage },
    });
    (this.function.node.defaultChild as CfnFunction).addMetadata('Grants', grantSentences);
  }
}

function importSubnet(scope: Construct, id: string): ISubnet {
  const subnet = Subnet.fromSubnetId(scope, id, id);
  Validations.of(subnet).acknowledge({
    id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'A function is placed in the subnet, and nothing asks for its route table.',
  });
  return subnet;
}
