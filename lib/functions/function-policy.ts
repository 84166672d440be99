import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnPermission, CfnResourcePolicy, type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../../config/config-types.ts';
import {
  createFunctionPolicy,
  createMappedFunctionPolicy,
  type InvocationSource,
} from '../../config/function-policy.ts';

export interface FunctionPolicyProps {
  readonly function: IFunction;
  /** How the account restricts who may invoke a function. */
  readonly mode: Config['functionPolicies'];
  /** Absent: no service invokes the function. */
  readonly source?: InvocationSource;
  /** The roles that invoke the function. Their own policies allow it. */
  readonly callerRoleArns?: readonly string[];
  /** The accounts of these roles, if they may be others than that of the function. */
  readonly callerAccounts?: readonly string[];
}

/**
 * Who may invoke a function. A policy with Deny statements excludes everybody else, also principals of this account whose own
 * policies allow it. It replaces all permissions of the function, so no other construct may add one.
 */
export class FunctionPolicy extends Construct {
  constructor(scope: Construct, id: string, props: FunctionPolicyProps) {
    super(scope, id);
    const { mode, source, callerRoleArns, callerAccounts } = props;
    const { functionArn } = props.function;
    if (mode === 'permissions') {
      if (source === undefined) return;
      new CfnPermission(this, 'Permission', {
        action: 'lambda:InvokeFunction',
        functionName: functionArn,
        principal: source.service,
        sourceArn: source.sourceArn,
      });
      return;
    }
    addPolicy(this, functionArn, createFunctionPolicy({ functionArn, source, callerRoleArns, callerAccounts }));
  }
}

export interface MappedFunctionPolicyProps {
  readonly function: IFunction;
  readonly roleArn: string;
  readonly mode: Config['functionPolicies'];
}

/** No IAM principal may invoke the function, only the event source mappings that have it as their target. */
export class MappedFunctionPolicy extends Construct {
  /** Undefined if the account has no such policies. */
  readonly policy: CfnResourcePolicy | undefined;

  constructor(scope: Construct, id: string, { function: target, roleArn, mode }: MappedFunctionPolicyProps) {
    super(scope, id);
    const { functionArn } = target;
    if (mode === 'permissions') return;
    this.policy = addPolicy(this, functionArn, createMappedFunctionPolicy({ functionArn, roleArn }));
  }
}

function addPolicy(scope: Construct, functionArn: string, policyDocument: object): CfnResourcePolicy {
  const policy = new CfnResourcePolicy(scope, 'Policy', { resourceArn: functionArn, policyDocument });
  // Lambda deletes the policy together with the function. If CloudFormation deleted it before, everybody could invoke the function in
  // between; and if `mode` changes, it would delete the new permission too.
  policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return policy;
}

/** Returns the function for constructs of the CDK that add a permission to it. They add none to the result. */
export const withoutPermissions = (scope: Construct, id: string, { functionArn }: IFunction): IFunction =>
  LambdaFunction.fromFunctionAttributes(scope, id, { functionArn, sameEnvironment: false, skipPermissions: true });
