/** What EventBridge calls by the clock. Nothing fires by itself here: a test does it. */

import type { LambdaFunction, Schedule } from './gateway-model.ts';
import { getList, getOptionalString, getString } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** Documented: EventBridge, "Schedule expressions": one of a unit is singular, a `cron` has six fields. */
const SCHEDULE_EXPRESSION =
  /^(?:rate\((?:1 (?:minute|hour|day)|(?!1 )[1-9]\d* (?:minutes|hours|days))\)|cron\((?:[^\s()]+ ){5}[^\s()]+\))$/;
/** Documented: EventBridge, `Target`. */
const MAX_INPUT_LENGTH = 8192;

/** Throws a `UnsupportedTemplateError` for a rule that is no schedule, or whose one target is no function of the template. */
export function readSchedules(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): Schedule[] {
  return resources
    .filter(({ type }) => type === 'AWS::Events::Rule')
    .map((resource) => {
      const fail = (why: string): never => rejectTemplate(`${resource.logicalId} (${resource.type}): ${why}`);
      const [target, ...more] = getList(resource, 'Targets') as { Arn?: unknown; Input?: unknown }[];
      if (target === undefined || more.length > 0) return fail('it must have one target');
      const called = [...functions.values()].find(({ arn }) => arn === target.Arn);
      if (called === undefined) return fail(`${String(target.Arn)} is no function of the template`);
      const { Input: input } = target;
      if (typeof input !== 'string') return fail('its target must have a fixed input');
      if (!isJson(input) || input.length > MAX_INPUT_LENGTH)
        return fail('its input must be JSON of at most 8192 characters');
      const expression = getString(resource, 'ScheduleExpression');
      if (!SCHEDULE_EXPRESSION.test(expression)) fail(`${expression} is no schedule`);
      const state = getOptionalString(resource, 'State') ?? 'ENABLED';
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
