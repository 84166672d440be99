import { findDeclaredKind } from '../policy/caller-pattern.ts';
import type { Config, EnvironmentConfig, EventConfig } from './config-types.ts';
import type { EventsFile, EventsFileEvent } from './events-file.ts';
import { createFrontFile } from './function-files.ts';

export interface EventsFileNames {
  /** Returns the name of the event relay of an environment. */
  readonly getRelayName: (environment: string) => string;
  /** Returns the names of the queues of an event. */
  readonly getQueueNames: (event: string) => { readonly queue: string; readonly deadLetterQueue: string };
}

/** The events whose environment is in the same deployment. */
export const selectEvents = ({
  events,
  environments,
}: Pick<Config, 'events' | 'environments'>): Readonly<Record<string, EventConfig>> =>
  Object.fromEntries(Object.entries(events).filter(([, { environment }]) => Object.hasOwn(environments, environment)));

/** Whether an event runs its command: neither it nor its environment is disabled. */
export const isActiveEvent = (
  { enabled, environment }: EventConfig,
  environments: Readonly<Record<string, EnvironmentConfig>>,
): boolean => enabled && environments[environment]?.enabled === true;

/** The enabled environments that have an event, disabled events included. */
export const selectEventEnvironments = (
  config: Pick<Config, 'events' | 'environments'>,
): Readonly<Record<string, EnvironmentConfig>> => {
  const names = new Set(Object.values(selectEvents(config)).map(({ environment }) => environment));
  return Object.fromEntries(
    Object.entries(config.environments).filter(([name, { enabled }]) => enabled && names.has(name)),
  );
};

/** Creates the data file of the events function. */
export function createEventsFile(
  config: Pick<Config, 'api' | 'grants' | 'events' | 'environments'>,
  { getRelayName, getQueueNames }: EventsFileNames,
): EventsFile {
  const own = config.grants
    .map((grant) => ({ ...grant, who: grant.who.filter((caller) => findDeclaredKind(caller) === 'event') }))
    .filter(({ who }) => who.length > 0);
  const withEventRelay = Object.entries(selectEventEnvironments(config)).map(([name, environment]) => [
    name,
    { ...environment, concurrency: environment.eventConcurrency, rest: false },
  ]);
  const { grants, environments } = createFrontFile(
    { api: config.api, grants: own },
    Object.fromEntries(withEventRelay),
    getRelayName,
    getRelayName,
  );
  const createEntry = (name: string, event: EventConfig): [string, EventsFileEvent] => {
    const { queue, deadLetterQueue } = getQueueNames(name);
    const { environment, run, schedule, sameEvent, giveUpHours } = event;
    return [
      queue,
      {
        name,
        environment,
        enabled: isActiveEvent(event, config.environments),
        run,
        ...(schedule === undefined ? {} : { schedule }),
        ...(sameEvent === undefined ? {} : { sameEvent }),
        giveUpHours,
        deadLetterQueue,
      },
    ];
  };
  return {
    grants,
    environments,
    events: Object.fromEntries(Object.entries(selectEvents(config)).map(([name, event]) => createEntry(name, event))),
  };
}
