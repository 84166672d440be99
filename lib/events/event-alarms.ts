import { type Alarm, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { EventConfig } from '../../config/config-types.ts';
import { METRIC_DIMENSIONS, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts';
import type { EventNames } from '../../files/resource-names.ts';
import { type AlarmDefinition, type AlarmOptions, createAlarms, FIVE_MINUTES } from '../operations/create-alarms.ts';

export interface EventAlarmsProps extends AlarmOptions {
  /** The name of the event in the configuration. */
  readonly name: string;
  readonly event: EventConfig;
  readonly names: EventNames;
}

/** The alarms of one event. */
export class EventAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: EventAlarmsProps) {
    super(scope, id);
    this.alarms = createAlarms(this, `event:${props.name}`, listEventAlarms(props), props);
  }
}

/** An event that has used up this part of its time is late. */
const LATE_PART = 1 / 4;

function listEventAlarms({ name, event, names }: EventAlarmsProps): AlarmDefinition[] {
  const lateSeconds = LATE_PART * event.giveUpHours * 3600;
  const createMetric = (namespace: string, metricName: string, dimensionsMap: Record<string, string>) =>
    new Metric({ namespace, metricName, dimensionsMap, statistic: Stats.MAXIMUM, period: FIVE_MINUTES });
  const ofQueue = (metricName: string, QueueName: string) => createMetric('AWS/SQS', metricName, { QueueName });
  const ofEvent = (metricName: MetricName) =>
    createMetric(METRICS_NAMESPACE, metricName, {
      [METRIC_DIMENSIONS.environment]: event.environment,
      [METRIC_DIMENSIONS.event]: name,
    });
  return [
    {
      id: 'DeadLetters',
      runbookHeading: 'dead-events',
      description: 'events are in the dead-letter queue. Run "mwaa redrive" with the name of the event to see why.',
      metric: ofQueue('ApproximateNumberOfMessagesVisible', names.deadLetterQueue),
      threshold: 1,
    },
    {
      id: 'Late',
      runbookHeading: 'late-events',
      description:
        'events are tried for long without success. Check the health of the environment, and the log of the events function.',
      metric: ofEvent('EventAge'),
      threshold: lateSeconds * 1000,
    },
    {
      id: 'Waiting',
      runbookHeading: 'waiting-events',
      description:
        'events wait in the queue for long. Check whether the events function runs, and how many events arrive.',
      metric: ofQueue('ApproximateAgeOfOldestMessage', names.queue),
      threshold: lateSeconds,
    },
    {
      id: 'Lost',
      runbookHeading: 'lost-events',
      description: 'EventBridge could neither deliver events nor keep them. Check the policies of both queues.',
      // Metrics of rules on the default bus have only the name of the rule as a dimension, others that of the bus too.
      // Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
      metric: createMetric('AWS/Events', 'InvocationsFailedToBeSentToDlq', {
        ...(event.bus === undefined ? {} : { EventBusName: event.bus }),
        RuleName: names.rule,
      }),
      threshold: 1,
    },
  ];
}
