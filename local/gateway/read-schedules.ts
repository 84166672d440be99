/** What EventBridge calls by the clock. Nothing fires by itself here: a test does it. */
import type { ResolvedResource } from './intrinsics.ts';
import type { LambdaFunction, Schedule } from './model.ts';
import { listOf, optionalText, textOf } from './properties.ts';
import { refuseTemplate } from './refusal.ts';

/** Throws a `TemplateRefusal` for a rule that is no schedule, or whose one target is no function of the template. */
export function readSchedules(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): Schedule[] {
  return resources
    .filter(({ type }) => type === 'AWS::Events::Rule')
    .map((resource) => {
      const fail = (why: string): never => refuseTemplate(`${resource.logicalId} (${resource.type}): ${why}`);
      const [target, ...more] = listOf(resource, 'Targets') as { Arn?: unknown; Input?: unknown }[];
      if (target === undefined || more.length > 0) return fail('it must have one target');
      const called = [...functions.values()].find(({ arn }) => arn === target.Arn);
      if (called === undefined) return fail(`${String(target.Arn)} is no function of the template`);
      if (typeof target.Input !== 'string') return fail('its target must have a fixed input');
      return {
        logicalId: resource.logicalId,
        arn: resource.identity.attributes.Arn ?? '',
        expression: textOf(resource, 'ScheduleExpression'),
        enabled: optionalText(resource, 'State') !== 'DISABLED',
        function: called.logicalId,
        input: target.Input,
      };
    });
}
