import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  type CfnFunction,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionNames } from '../../contract/function-names.ts';
import { createAuditLogGroup, type LogOptions } from './audit-log-group.ts';

export interface ProxyFunctionProps {
  readonly handler: FunctionNames['handler'];
  readonly description: string;
  readonly code: Code;
  readonly logs: LogOptions;
  /** The log group to write to, which other functions may share. Default: its own. */
  readonly logGroup?: ILogGroup | undefined;
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly variables?: Readonly<Record<string, string>>;
  /** Default: CloudFormation chooses a name. */
  readonly functionName?: string;
  /** The permissions of its role, in addition to writing its log. */
  readonly policies?: Readonly<Record<string, PolicyDocument>>;
  readonly reservedConcurrency?: number;
  readonly network?: { readonly vpc: IVpc; readonly subnets: SubnetSelection; readonly securityGroup: ISecurityGroup };
}

/** A function with its role. All permissions are inline policies of the role, so the template shows them. */
export class ProxyFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, props: ProxyFunctionProps) {
    super(scope, id);
    const { handler, description, functionName, logs, network, reservedConcurrency } = props;
    this.logGroup = props.logGroup ?? createAuditLogGroup(this, 'Log', logs);
    const logStatement = createAllowStatement(
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [this.logGroup.logGroupArn],
    );
    // Without variables there is nothing to encrypt.
    const key = props.variables === undefined ? undefined : logs.kmsKey;
    this.role = new Role(this, 'Role', {
      description,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        ...props.policies,
        Log: new PolicyDocument({ statements: [logStatement] }),
        ...(key === undefined ? {} : { Key: createKeyPolicy(key) }),
      },
    });
    this.function = new LambdaFunction(this, 'Function', {
      ...(functionName === undefined ? {} : { functionName }),
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler,
      code: props.code,
      memorySize: props.memorySize,
      timeout: Duration.seconds(props.timeoutSeconds),
      role: this.role,
      logGroup: this.logGroup,
      // The functions log JSON. Lambda's JSON format would wrap each line in another JSON object.
      loggingFormat: LoggingFormat.TEXT,
      ...(props.variables === undefined ? {} : { environment: props.variables }),
      ...(key === undefined ? {} : { environmentEncryption: key }),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      ...(network === undefined
        ? {}
        : { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.securityGroup] }),
    });
    // The CDK adds a DependsOn for the role, which cfn-lint reports as redundant.
    (this.function.node.defaultChild as CfnFunction).addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
  }
}

/**
 * Lambda decrypts the variables as the role. It creates a grant for that, unless whoever deploys may not create grants for the key.
 * Lambda names the function in the encryption context, so a condition on it would refer to a function that does not exist yet.
 */
const createKeyPolicy = ({ keyArn }: IKey): PolicyDocument =>
  new PolicyDocument({ statements: [createAllowStatement(['kms:Decrypt'], [keyArn])] });

export const createAllowStatement = (actions: string[], resources: string[]): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources });
