import type { Catalog } from '../airflow/catalog.ts';
import { isTrigger } from '../airflow/complete-invocation.ts';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { isJsonObject } from '../airflow/parse-json.ts';
import { Refusal } from '../airflow/refusal.ts';
import type { Catalogs } from '../airflow/rest/rule-catalogs.ts';
import { authorize } from '../policy/authorize.ts';
import { callerFromDeclaredName } from '../policy/caller.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { findEntriesForCaller } from '../policy/find-entries.ts';
import { mayMatchRule } from '../policy/may-match-rule.ts';
import { selectActiveGrants } from './active-grants.ts';
import type { ConfigCheck, ConfigDraft, ConfigIssue, EventConfig } from './config-types.ts';
import { type EventCommand, parseEventCommand } from './event-command.ts';
import { describePlaceholders, isPlaceholder } from './event-placeholders.ts';

/** The commands that MWAA runs at the same time, including those of its own user interface. */
const MWAA_SLOTS = 4;

/**
 * Checks the events: their environments, patterns, placeholders, and commands, and that commands of events leave slots of MWAA to others.
 * Warns about events whose command no grant allows.
 */
export const checkEvents: ConfigCheck = (draft, catalogs) => [
  ...Object.entries(draft.events).flatMap(([name, event]) =>
    checkEvent(draft, catalogs, name, event).map((issue) => ({ ...issue, path: ['events', name, ...issue.path] })),
  ),
  ...checkSlots(draft),
];

function checkEvent(draft: ConfigDraft, catalogs: Catalogs, name: string, event: EventConfig): ConfigIssue[] {
  const { environment: environmentName, pattern, schedule, bus, sameEvent = [] } = event;
  const isSchedule = schedule !== undefined;
  const issues: ConfigIssue[] = [
    ...(pattern === undefined ? [] : checkPattern(pattern, ['pattern'])),
    ...(isSchedule && bus !== undefined
      ? [{ path: ['bus'], message: 'EventBridge has schedules on the default bus only. Remove bus' }]
      : []),
    ...sameEvent.flatMap((value, index) =>
      isPlaceholder(value, isSchedule)
        ? []
        : [
            {
              path: ['sameEvent', index],
              message: `${value} is not a value of the event. ${describePlaceholders(isSchedule)}`,
            },
          ],
    ),
  ];
  const environment = Object.hasOwn(draft.environments, environmentName)
    ? draft.environments[environmentName]
    : undefined;
  if (environment === undefined) {
    const suggestion = formatDidYouMean(environmentName, Object.keys(draft.environments));
    const message = `there is no valid environment "${environmentName}".${suggestion || ' Name one of environments'}`;
    return [...issues, { path: ['environment'], message }];
  }
  const catalog = catalogs.read(environment.airflow);
  try {
    const command = parseEventCommand(catalog, event);
    return [...issues, ...checkGrant(draft, catalog, name, event, command), ...checkIdentity(event, command)];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [...issues, { path: ['run'], message: error.message.replace(/\.$/, '') }];
  }
}

/**
 * EventBridge rejects a pattern with other leaves than lists, but only at deployment. `$or` and matchers such as `anything-but` are inside
 * lists.
 */
function checkPattern(pattern: Readonly<Record<string, unknown>>, path: readonly string[]): ConfigIssue[] {
  return Object.entries(pattern).flatMap(([key, value]): ConfigIssue[] => {
    if (Array.isArray(value)) {
      const other = value.find((item) => typeof item === 'number' || typeof item === 'boolean');
      if (path.length === 1 && TEXT_FIELDS.has(key) && other !== undefined)
        return [
          {
            path: [...path, key],
            message: `${key} of an event is a text, so ${other} matches no event. Write it in quotes`,
          },
        ];
      return value.length > 0 ? [] : [{ path: [...path, key], message: 'list at least one value' }];
    }
    if (isJsonObject(value)) return checkPattern(value, [...path, key]);
    return [{ path: [...path, key], message: `write a list of values, like [${JSON.stringify(value)}]` }];
  });
}

const TEXT_FIELDS = new Set(['version', 'id', 'detail-type', 'source', 'account', 'time', 'region']);

/** Warns if no grant can allow the command. Whether one does may depend on the values of placeholders. */
function checkGrant(
  draft: ConfigDraft,
  catalog: Catalog,
  name: string,
  { environment, enabled }: EventConfig,
  { sample, template }: EventCommand,
): ConfigIssue[] {
  const caller = callerFromDeclaredName(`event:${name}`);
  if (!enabled || caller === undefined) return [];
  const { policy } = compilePolicy(selectActiveGrants(draft, environment), catalog);
  const isGranted =
    template.names.length === 0
      ? authorize(policy, caller, sample) !== undefined
      : findEntriesForCaller(policy, caller).some(({ rule }) => mayMatchRule(rule, sample, template));
  if (isGranted) return [];
  const command = sample.command.path.join(' ');
  const message =
    `no grant allows event:${name} to run this in "${environment}", so every event will go to the dead-letter queue. Add a grant ` +
    `with who: event:${name} and a rule for ${command}`;
  return [{ path: ['run'], message, warning: true }];
}

/**
 * Warns about values that differ between a producer's repeats of the same event, although they have the same key. Then the second one asks
 * for another run with the key of the first.
 */
function checkIdentity(
  { pattern, schedule, sameEvent }: EventConfig,
  { template, sample }: EventCommand,
): ConfigIssue[] {
  if (!isTrigger(sample)) return [];
  const isOfS3 = JSON.stringify(pattern?.source) === '["aws.s3"]';
  const differing =
    sameEvent !== undefined
      ? ['id', 'time'].filter((name) => !sameEvent.includes(name))
      : schedule !== undefined || isOfS3
        ? ['id']
        : [];
  const names = template.names.filter((name) => differing.includes(name)).map((name) => `{${name}}`);
  if (names.length === 0) return [];
  const message =
    `${names.join(', ')} can differ between two deliveries of the same event. The second one then goes to the dead-letter queue as ` +
    `key-reused. Leave it out${sameEvent === undefined ? '' : ', or list it in sameEvent'}`;
  return [{ path: ['run'], message, warning: true }];
}

/** Events have slots of their own. Together with the others they must fit in what MWAA runs at the same time. */
function checkSlots({ events, environments }: ConfigDraft): ConfigIssue[] {
  const names = new Set(Object.values(events).map(({ environment }) => environment));
  return Object.entries(environments).flatMap(([name, { concurrency, eventConcurrency, enabled }]): ConfigIssue[] => {
    if (!enabled || !names.has(name) || concurrency === 'unreserved' || eventConcurrency === 'unreserved') return [];
    if (concurrency + eventConcurrency <= MWAA_SLOTS) return [];
    const message =
      `MWAA runs about ${MWAA_SLOTS} commands at the same time, and events (eventConcurrency: ${eventConcurrency}) would take some of ` +
      `the ${concurrency} of other callers. Lower concurrency or eventConcurrency, so that their sum is ${MWAA_SLOTS} at most`;
    return [{ path: ['environments', name, 'concurrency'], message }];
  });
}
