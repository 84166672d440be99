import { type NestedStack, Stack } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { escapeNonAscii } from '../../config/active-grants.ts';
import type { Config, EventConfig } from '../../config/config-types.ts';
import { isActiveEvent, selectEventEnvironments, selectEvents } from '../../config/create-events-file.ts';
import { resolveEventTimeouts } from '../../config/event-timeouts.ts';
import { type EventNames, getEventPrefixes, hashName } from '../../files/resource-names.ts';
import type { LogOptions } from '../functions/audit-log-group.ts';
import { createAlarms, FIVE_MINUTES } from '../operations/create-alarms.ts';
import { EventAlarms } from './event-alarms.ts';
import { EventQueue } from './event-queue.ts';
import { EventsFunction } from './events-function.ts';

export interface ProxyEventsProps {
  readonly config: Pick<Config, 'events' | 'environments' | 'functionPolicies' | 'operations'>;
  readonly code: Code;
  readonly logs: LogOptions;
  /** The start of the names of all resources of this deployment, and of its event relays. */
  readonly deploymentPrefix: string;
  readonly relayPrefix: string;
  readonly getNames: (event: string) => EventNames;
}

/** The events that run commands: their rules and queues, and the function that serves all of them. */
export class ProxyEvents extends Construct {
  readonly function: EventsFunction;
  /** By the name of the event. */
  readonly queues: Readonly<Record<string, EventQueue>>;

  constructor(scope: Construct, id: string, props: ProxyEventsProps) {
    super(scope, id);
    const { config, code, logs, deploymentPrefix, relayPrefix, getNames } = props;
    const { functionSeconds, visibilitySeconds } = resolveEventTimeouts(
      Object.values(selectEventEnvironments(config)).map(({ timeouts }) => timeouts.functionSeconds),
    );
    this.function = new EventsFunction(this, 'Function', {
      code,
      logs,
      timeoutSeconds: functionSeconds,
      functionPolicies: config.functionPolicies,
      prefixes: { ...getEventPrefixes(deploymentPrefix), relays: relayPrefix },
    });
    const { function: consumer, role } = this.function.proxyFunction;
    this.#recordCommands(selectEvents(config));
    createAlarms(
      this,
      'Events',
      [
        {
          id: 'Errors',
          runbookHeading: 'events-function-errors',
          description: 'the events function failed. Its events are delivered again. Check its log for the error.',
          metric: consumer.metricErrors({ period: FIVE_MINUTES }),
          threshold: 1,
        },
      ],
      config.operations,
    );
    for (const [name, event] of Object.entries(selectEvents(config))) {
      new EventAlarms(this, `Alarms-${name}`, { ...config.operations, name, event, names: getNames(name) });
    }
    this.queues = Object.fromEntries(
      Object.entries(selectEvents(config)).map(([name, event]) => [
        name,
        new EventQueue(this, `Event-${name}`, {
          name,
          event,
          names: getNames(name),
          isActive: isActiveEvent(event, config.environments),
          visibilitySeconds,
          consumer,
          consumerPolicy: this.function.policy,
          consumerRoleArn: role.roleArn,
          redriveRoles: config.operations.redriveRoles,
        }),
      ]),
    );
  }

  /**
   * Records in the template what each event runs, so that `cdk diff` shows a change of it. The function reads that from its code asset, and
   * of an asset a template contains only the hash. See `recordGrants`.
   */
  #recordCommands(events: Config['events']): void {
    const { templateOptions } = Stack.of(this);
    const lines = Object.entries(events).map(([name, event]) => [createMetadataKey(name), formatEvent(name, event)]);
    templateOptions.metadata = { ...templateOptions.metadata, ...Object.fromEntries(lines) };
  }

  /** Lets no event in before the relay of its environment can run its command. */
  receiveAfter(stacks: Readonly<Record<string, NestedStack>>, config: Pick<Config, 'events'>): void {
    for (const [name, { rule }] of Object.entries(this.queues)) {
      const stack = stacks[config.events[name]!.environment];
      const resource = stack && Stack.of(stack).nestedStackResource;
      if (resource !== undefined) rule.addResourceDependency(resource);
    }
  }
}

/** CloudFormation limits keys to letters and digits. */
const createMetadataKey = (event: string): string => `Event${hashName(event)}`;

/** One line. Characters that are not ASCII are escaped, like those of grants. */
const formatEvent = (name: string, { environment, run, sameEvent = [], giveUpHours }: EventConfig): string =>
  escapeNonAscii(
    [
      `event:${name} in ${environment} runs: ${typeof run === 'string' ? run : JSON.stringify(run)}`,
      ...(sameEvent.length === 0 ? [] : [`same event: ${sameEvent.join(', ')}`]),
      `gives up after ${giveUpHours} h`,
    ].join('; '),
  );
