/**
 * The function that a request names, and the ARN that policies are evaluated for.
 *
 * Documented (Lambda, "Fine-tuning the Resources and Conditions sections of policies"): policies are compared with the function's name
 * as it was passed, with its version or alias, and not with the parameter `Qualifier`. A statement for all versions needs a wildcard.
 * Assumed: the same for resource-based policies, and that the policy of a function applies to its version `$LATEST`.
 */
import type { GatewayModel, LambdaFunction } from '../template/gateway-model.ts';

export interface InvokedFunction {
  /** The resource in policies. */
  readonly arn: string;
  /** Undefined: it does not exist. */
  readonly target: LambdaFunction | undefined;
}

/** A name, `ACCOUNT:function:NAME` or an ARN. The only version is `$LATEST`. */
export function findInvokedFunction(
  nameOrArn: string,
  { location: { partition, region, account }, functions }: Pick<GatewayModel, 'location' | 'functions'>,
  qualifier?: string,
): InvokedFunction {
  const [, arnStart, partialStart, name = nameOrArn, suffix] =
    /^(?:(arn:[^:]+:lambda:[^:]+:\d+:function:)|(\d+:function:))?([^:]+)(?::([^:]+))?$/.exec(nameOrArn) ?? [];
  const start = arnStart ?? `arn:${partition}:lambda:${region}:${partialStart ?? `${account}:function:`}`;
  const unqualified = `${start}${name}`;
  const exists = [suffix, qualifier].every((version) => version === undefined || version === '$LATEST');
  return {
    arn: suffix === undefined ? unqualified : `${unqualified}:${suffix}`,
    target: exists ? [...functions.values()].find(({ arn }) => arn === unqualified) : undefined,
  };
}
