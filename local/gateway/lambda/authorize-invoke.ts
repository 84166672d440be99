/**
 * Who may invoke a function: the identity policies of the caller and the function's resource-based policy. Within the account one of
 * the two must allow and none may deny; a service needs the resource-based policy (documented: Lambda, "Using resource-based
 * policies"; IAM, "Policy evaluation logic").
 */
import {
  type ConditionKeys,
  evaluatePolicies,
  type PolicyEvaluation,
  type ServicePrincipal,
} from '../../iam/evaluate-policies.ts';
import type { Principal } from '../../iam/principal-store.ts';
import type { GatewayModel, LambdaFunction, Schedule } from '../template/gateway-model.ts';
import { createAccessDenied } from './lambda-error.ts';

type InvokeModel = Pick<GatewayModel, 'resourcePolicies' | 'location' | 'functions'>;

/** Decisions by policy and request: evaluating takes milliseconds, and a warm function less. */
const decisions = new WeakMap<object, Map<string, Promise<PolicyEvaluation>>>();
const NO_POLICY = {};

/** @param logicalId of a function, or undefined for a function that does not exist */
export function evaluateInvoke(
  model: InvokeModel,
  principal: Principal | ServicePrincipal,
  resource: string,
  logicalId: string | undefined,
  conditionKeys: ConditionKeys,
): Promise<PolicyEvaluation> {
  const resourcePolicy = logicalId === undefined ? undefined : model.resourcePolicies.get(logicalId);
  const cacheKey = resourcePolicy ?? NO_POLICY;
  const cache = decisions.get(cacheKey) ?? new Map<string, Promise<PolicyEvaluation>>();
  decisions.set(cacheKey, cache);
  const key = JSON.stringify([principal, resource, conditionKeys]);
  const decision =
    cache.get(key) ??
    evaluatePolicies({ principal, action: 'lambda:InvokeFunction', resource, resourcePolicy, conditionKeys });
  cache.set(key, decision);
  return decision;
}

/** Whether a function's policy allows a service to invoke it for the resource `sourceArn`. */
export async function isServicePermitted(
  model: InvokeModel,
  logicalId: string,
  service: string,
  sourceArn: string,
): Promise<boolean> {
  const arn = model.functions.get(logicalId)?.arn ?? '';
  const conditionKeys = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': model.location.account };
  return (await evaluateInvoke(model, { service }, arn, logicalId, conditionKeys)).allowed;
}

/** Throws unless the schedule is enabled and the function's policy allows EventBridge to invoke it. */
export async function checkSchedulePermission(
  { logicalId, arn, enabled, function: target }: Schedule,
  model: InvokeModel,
): Promise<void> {
  if (!enabled) throw new Error(`The schedule ${logicalId} is disabled.`);
  if (!(await isServicePermitted(model, target, 'events.amazonaws.com', arn)))
    throw new Error(`The policy of ${target} does not allow the schedule ${logicalId} to invoke it.`);
}

/** Throws Lambda's `AccessDeniedException` unless the policies allow an identity to invoke the function. */
export async function checkIdentity(
  model: InvokeModel,
  principal: Principal,
  resource: string,
  target: LambdaFunction | undefined,
  conditionKeys: ConditionKeys = {},
): Promise<void> {
  const evaluation = await evaluateInvoke(model, principal, resource, target?.logicalId, conditionKeys);
  if (!evaluation.allowed) throw createAccessDenied(principal, resource, evaluation);
}
