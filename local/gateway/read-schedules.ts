/** What EventBridge calls by the clock. Nothing fires by itself here: a test does it. */
import type { ResolvedResource } from './intrinsics.ts';
import type { LambdaFunction, Schedule } from './model.ts';
import { listOf, optionalText, textOf } from './properties.ts';
import { refuseTemplate } from './refusal.ts';

/** Documented: EventBridge, "Schedule expressions": one of a unit is singular, a `cron` has six fields. */
const EXPRESSION =
  /^(?:rate\((?:1 (?:minute|hour|day)|(?!1 )[1-9]\d* (?:minutes|hours|days))\)|cron\((?:[^\s()]+ ){5}[^\s()]+\))$/;
/** Documented: EventBridge, `Target`. */
const INPUT_LENGTH = 8192;

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
      const { Input: input } = target;
      if (typeof input !== 'string') return fail('its target must have a fixed input');
      if (!isJson(input) || input.length > INPUT_LENGTH)
        return fail('its input must be JSON of at most 8192 characters');
      const expression = textOf(resource, 'ScheduleExpression');
      if (!EXPRESSION.test(expression)) fail(`${expression} is no schedule`);
      const state = optionalText(resource, 'State') ?? 'ENABLED';
      if (state !== 'ENABLED' && state !== 'DISABLED') fail(`state ${state} is not known`);
      return {
        logicalId: resource.logicalId,
        arn: resource.identity.attributes.Arn ?? '',
        expression,
        enabled: state === 'ENABLED',
        function: called.logicalId,
        input,
      };
    });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
