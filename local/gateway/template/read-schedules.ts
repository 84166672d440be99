/** Reads the EventBridge schedules of a template. The gateway never runs them: tests trigger them. */

import { findFunctionByArn } from './find-function.ts';
import type { LambdaFunction, Schedule } from './gateway-model.ts';
import { parseJson } from './parse-json.ts';
import { hasQueueTarget } from './read-event-sources.ts';
import { getList, getOptionalString, getString } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

/** Documented: EventBridge, "Schedule expressions": the unit is singular after 1 and plural otherwise; `cron` has six fields. */
const SCHEDULE_EXPRESSION =
  /^(?:rate\((?:1 (?:minute|hour|day)|(?!1 )[1-9]\d* (?:minutes|hours|days))\)|cron\((?:[^\s()]+ ){5}[^\s()]+\))$/;
/** Documented: EventBridge, `Target`. */
const MAX_INPUT_LENGTH = 8192;

/** Throws an `UnsupportedTemplateError` for a rule that neither sends to a queue nor is a schedule with one function of the template as its target. */
export function readSchedules(
  resources: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
): Schedule[] {
  return resources
    .filter((resource) => resource.type === 'AWS::Events::Rule' && !hasQueueTarget(resource))
    .map((resource) => {
      const reject = createRejectResource(resource);
      if (resource.properties.EventPattern !== undefined)
        return reject('EventPattern is supported only for a target that is a queue');
      const [target, ...more] = getList(resource, 'Targets') as { Arn?: unknown; Input?: unknown }[];
      if (target === undefined || more.length > 0) return reject('it must have exactly one target');
      const scheduled = findFunctionByArn(functions, target.Arn);
      if (scheduled === undefined) return reject(`its target ${String(target.Arn)} is not a function of the template`);
      const { Input: input } = target;
      if (typeof input !== 'string') return reject('its target must have a fixed Input');
      if (parseJson(input) === undefined || input.length > MAX_INPUT_LENGTH)
        return reject(`its Input must be JSON of at most ${MAX_INPUT_LENGTH} characters`);
      const expression = getString(resource, 'ScheduleExpression');
      if (!SCHEDULE_EXPRESSION.test(expression)) reject(`ScheduleExpression ${expression} is not valid`);
      const state = getOptionalString(resource, 'State') ?? 'ENABLED';
      if (state !== 'ENABLED' && state !== 'DISABLED') reject(`State ${state} is not supported`);
      return {
        logicalId: resource.logicalId,
        arn: resource.identity.attributes.Arn ?? '',
        expression,
        enabled: state === 'ENABLED',
        function: scheduled.logicalId,
        input,
      };
    });
}
