/** One statement of the policy of a function, as in its JSON. */
export interface FunctionPolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A service that invokes a function, and the resource for which it does. */
export interface InvocationSource {
  /** Such as `events.amazonaws.com`. */
  readonly service: string;
  /** The ARN of the resource. `*` matches any characters. */
  readonly sourceArn: string;
}

export interface FunctionPolicyOptions {
  readonly functionArn: string;
  /** The service that may invoke the function, for one resource only. */
  readonly source?: InvocationSource | undefined;
  /** The roles that may invoke the function if their own policies allow it. `*` matches any characters. */
  readonly callerRoleArns?: readonly string[] | undefined;
  /** The accounts of these roles, if they may be others than that of the function. */
  readonly callerAccounts?: readonly string[] | undefined;
}

/** All actions that invoke a function. A Deny statement must list them, because each has its own permission. */
const INVOKE_ACTIONS = ['lambda:InvokeFunction', 'lambda:InvokeAsync', 'lambda:InvokeFunctionUrl'];

/** The maximum size of a policy, in bytes. Source: Lambda quotas, "Resource-based policy". */
export const MAX_FUNCTION_POLICY_BYTES = 20 * 1024;

/**
 * Creates the resource policy of a function: only one service, for one resource, and some roles may invoke it. Either is optional.
 *
 * A principal of the same account needs no Allow statement here: its own policy is sufficient. Therefore a Deny statement names
 * everybody else. Its conditions are negated, and a negated condition is true if its key is missing. So a missing key never allows:
 * `aws:SourceArn` exists only in requests of services, and `aws:PrincipalArn` only in requests of IAM principals. A role without
 * an Allow statement needs no principal element either, in which IAM would replace the ARN of a deleted role with its ID. A role of
 * another account needs an Allow statement too: it names the account, and its condition names the role.
 */
export const createFunctionPolicy = ({
  functionArn,
  source,
  callerRoleArns = [],
  callerAccounts = [],
}: FunctionPolicyOptions): { Version: string; Statement: FunctionPolicyStatement[] } => ({
  Version: '2012-10-17',
  Statement: [
    ...(source === undefined ? [] : [createServiceStatement(functionArn, source)]),
    ...callerAccounts.map((account) => createAccountStatement(functionArn, account, callerRoleArns)),
    {
      Sid: 'EverybodyElse',
      Effect: 'Deny',
      Principal: '*',
      Action: INVOKE_ACTIONS,
      // Lambda compares the name as the caller passed it, which may contain a version. The first ARN alone does not match `$LATEST`.
      // Source: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
      Resource: [functionArn, `${functionArn}:*`],
      Condition: {
        ArnNotLike: {
          ...(source === undefined ? {} : { 'aws:SourceArn': source.sourceArn }),
          ...(callerRoleArns.length === 0 ? {} : { 'aws:PrincipalArn': oneOrMore(callerRoleArns) }),
        },
      },
    },
  ],
});

/**
 * Creates the resource policy of a function that only event source mappings invoke: no IAM principal may, whatever its own policies say. The
 * messages of the queue say what to run, so an invoker could claim to be any event.
 *
 * Lambda invokes the functions of its mappings itself, without a permission in this policy. Assumed: such a request has no
 * `aws:PrincipalArn`, like other requests of services, or else that of the function's own role, with whose permissions Lambda reads the queue.
 */
export const createMappedFunctionPolicy = ({
  functionArn,
  roleArn,
}: {
  readonly functionArn: string;
  /** The role of the function. */
  readonly roleArn: string;
}): { Version: string; Statement: FunctionPolicyStatement[] } => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'EverybodyElse',
      Effect: 'Deny',
      Principal: '*',
      Action: INVOKE_ACTIONS,
      Resource: [functionArn, `${functionArn}:*`],
      Condition: { Null: { 'aws:PrincipalArn': 'false' }, ArnNotLike: { 'aws:PrincipalArn': roleArn } },
    },
  ],
});

const createServiceStatement = (
  functionArn: string,
  { service, sourceArn }: InvocationSource,
): FunctionPolicyStatement => ({
  Sid: 'Service',
  Effect: 'Allow',
  Principal: { Service: service },
  Action: 'lambda:InvokeFunction',
  Resource: functionArn,
  Condition: { ArnLike: { 'aws:SourceArn': sourceArn } },
});

const createAccountStatement = (
  functionArn: string,
  account: string,
  roleArns: readonly string[],
): FunctionPolicyStatement => ({
  Sid: `Account${account}`,
  Effect: 'Allow',
  Principal: { AWS: account },
  Action: 'lambda:InvokeFunction',
  Resource: functionArn,
  Condition: { ArnLike: { 'aws:PrincipalArn': oneOrMore(roleArns) } },
});

const oneOrMore = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? values[0]! : values;
