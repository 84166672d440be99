import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { METRIC_DIMENSIONS, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts';
import { type AlarmDefinition, type AlarmOptions, createAlarms, FIVE_MINUTES } from './create-alarms.ts';

export interface RelayAlarmsProps extends AlarmOptions {
  /** The name of the environment in the configuration. */
  readonly name: string;
  readonly relay: IFunction;
  /** Absent: the environment does not offer the REST API. */
  readonly restRelay: IFunction | undefined;
  /** The threshold for the 95th percentile of the request duration. */
  readonly latencySeconds: number;
  readonly healthEveryMinutes: number;
}

/** The alarms of one environment. */
export class RelayAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: RelayAlarmsProps) {
    super(scope, id);
    const { restRelay } = props;
    const definitions = [
      ...listRelayAlarms(props),
      ...(restRelay === undefined ? [] : listRestAlarms({ ...props, restRelay })),
    ];
    this.alarms = createAlarms(this, props.name, definitions, props);
  }
}

type CreateMetric = (metricName: MetricName, statistic: string, period?: Duration) => Metric;

const createMetricFactory =
  (name: string): CreateMetric =>
  (metricName, statistic, period = FIVE_MINUTES) =>
    new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { [METRIC_DIMENSIONS.environment]: name },
      statistic,
      period,
    });

/** What the alarms of the relay do not see: the metrics of the other alarms count the requests for both relays. */
function listRestAlarms({
  name,
  restRelay,
  latencySeconds,
}: RelayAlarmsProps & { readonly restRelay: IFunction }): AlarmDefinition[] {
  return [
    {
      id: 'RestErrors',
      runbookHeading: 'rest-function-errors',
      description:
        'the REST relay failed. Check its log for the error, and Airflow for a request that may have been sent.',
      metric: restRelay.metricErrors({ period: FIVE_MINUTES }),
      threshold: 1,
    },
    {
      id: 'RestLatency',
      runbookHeading: 'rest-latency',
      description:
        'requests for the REST API are slow. Compare the metrics QueueTime, the wait for a slot, and RestUpstreamTime, the time in Airflow.',
      metric: createMetricFactory(name)('RestDuration', 'p95'),
      threshold: Math.min(latencySeconds, REST_LATENCY_SECONDS) * 1000,
      periods: 3,
    },
  ];
}

/** A call takes less than a second, and airflowctl gives up after five. */
const REST_LATENCY_SECONDS = 5;

function listRelayAlarms({ name, relay, latencySeconds, healthEveryMinutes }: RelayAlarmsProps): AlarmDefinition[] {
  const createMetric = createMetricFactory(name);
  const healthPeriod = Duration.minutes(healthEveryMinutes);
  return [
    {
      id: 'Errors',
      runbookHeading: 'function-errors',
      description: 'the relay failed. Check its log for the error, and Airflow for a command that may have been sent.',
      metric: relay.metricErrors({ period: FIVE_MINUTES }),
      threshold: 1,
    },
    {
      id: 'Busy',
      runbookHeading: 'no-free-slot',
      description:
        'requests ended without a free slot, because too many ran at the same time. Find the callers that send too many.',
      metric: createMetric('Busy', 'Sum'),
      threshold: 10,
    },
    {
      id: 'TokenFailures',
      runbookHeading: 'token-failures',
      description: 'a relay cannot get a token, or the web server rejects it. Check the health of the environment.',
      metric: createMetric('TokenFailures', 'Sum'),
      threshold: 3,
    },
    {
      id: 'Latency',
      runbookHeading: 'latency',
      description:
        'commands are slow. Compare the metrics QueueTime, the wait for a slot, and UpstreamTime, the time in Airflow.',
      metric: createMetric('Duration', 'p95'),
      threshold: latencySeconds * 1000,
      periods: 3,
    },
    {
      id: 'UnknownOutcomes',
      runbookHeading: 'unknown-outcomes',
      description: 'a request was sent, and its outcome is unknown. Check Airflow before anyone repeats it.',
      metric: createMetric('UnknownOutcomes', 'Sum'),
      threshold: 1,
    },
    {
      id: 'CommandsRejected',
      runbookHeading: 'commands-rejected',
      description:
        'many requests were not granted. Find the callers: one may need a new grant, or someone is probing the API.',
      metric: createMetric('Refused', 'Sum'),
      threshold: 20,
    },
    {
      id: 'Unhealthy',
      runbookHeading: 'unhealthy',
      description:
        'the relay cannot reach Airflow, or the scheduled check did not run. Check the health of the environment.',
      metric: createMetric('Healthy', 'Minimum', healthPeriod),
      threshold: 1,
      isBelow: true,
      periods: 2,
      // A new alarm is INSUFFICIENT_DATA and stays so until the first check, so it notifies nobody after a deployment. Treating
      // missing data as breaching would raise it immediately. When the checks stop, the alarm returns to INSUFFICIENT_DATA, and
      // that change notifies. CloudWatch looks back a few periods further than `periods` for data, three at most, so this takes
      // up to (2 + 3) periods after the last check: five hours with an hourly check.
      // Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
      notifyWhenDataStops: true,
    },
    {
      id: 'WrongRelease',
      runbookHeading: 'wrong-release',
      description:
        'the web server runs another Airflow release than the configuration names. Set the release and deploy.',
      metric: createMetric('WrongRelease', 'Maximum', healthPeriod),
      threshold: 1,
      treatMissingData: TreatMissingData.IGNORE,
    },
  ];
}
