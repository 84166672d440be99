import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { METRIC_DIMENSIONS, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts';
import { type AlarmDefinition, type AlarmOptions, createAlarms, FIVE_MINUTES } from './create-alarms.ts';

export interface RelayAlarmsProps extends AlarmOptions {
  /** The environment's name in the configuration. */
  readonly name: string;
  readonly relay: IFunction;
  /** The 95th percentile of a request's duration that is still all right. */
  readonly latencySeconds: number;
  readonly healthEveryMinutes: number;
}

/** The alarms of one environment. */
export class RelayAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: RelayAlarmsProps) {
    super(scope, id);
    this.alarms = createAlarms(this, props.name, listRelayAlarms(props), props);
  }
}

function listRelayAlarms({ name, relay, latencySeconds, healthEveryMinutes }: RelayAlarmsProps): AlarmDefinition[] {
  const ours = (metricName: MetricName, statistic: string, period = FIVE_MINUTES) =>
    new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { [METRIC_DIMENSIONS.environment]: name },
      statistic,
      period,
    });
  const everyCheck = Duration.minutes(healthEveryMinutes);
  return [
    {
      id: 'Errors',
      runbookHeading: 'function-errors',
      description: 'the relay function failed. Look for its error in the log; a command may have been sent.',
      metric: relay.metricErrors({ period: FIVE_MINUTES }),
      threshold: 1,
    },
    {
      id: 'Throttles',
      runbookHeading: 'requests-over-the-limit',
      description: 'more requests came at once than the environment may have under way. See who sends so many.',
      metric: relay.metricThrottles({ period: FIVE_MINUTES }),
      threshold: 10,
    },
    {
      id: 'TokenFailures',
      runbookHeading: 'token-failures',
      description: 'MWAA gives the relay no CLI token, or takes it not. Ask for the health of the environment.',
      metric: ours('TokenFailures', 'Sum'),
      threshold: 3,
    },
    {
      id: 'Latency',
      runbookHeading: 'latency',
      description: 'commands take long. Compare UpstreamTime: it is what Airflow took.',
      metric: ours('Duration', 'p95'),
      threshold: latencySeconds * 1000,
      periods: 3,
    },
    {
      id: 'FatesOpen',
      runbookHeading: 'open-fates',
      description: 'a command was sent and nobody knows what became of it. Look in Airflow before it is sent again.',
      metric: ours('UnknownOutcomes', 'Sum'),
      threshold: 1,
    },
    {
      id: 'Unverified',
      runbookHeading: 'unverified-outcomes',
      description: 'many commands end without saying how. See which, and whether their callers look for themselves.',
      metric: ours('Unverified', 'Sum', Duration.hours(1)),
      threshold: 10,
    },
    {
      id: 'Refused',
      runbookHeading: 'refused-callers',
      description: 'many commands are refused by the grants. See whose: a caller out of date, or one that tries doors.',
      metric: ours('Refused', 'Sum'),
      threshold: 20,
    },
    {
      id: 'Untrusted',
      runbookHeading: 'invoked-other-than-by-the-api',
      description: 'somebody invoked the relay function directly. It refused; find out who may.',
      metric: ours('Untrusted', 'Sum'),
      threshold: 1,
    },
    {
      id: 'Unhealthy',
      runbookHeading: 'unhealthy',
      description:
        'the way to Airflow is broken, or the scheduled check is not heard of. Ask for the health of the environment.',
      metric: ours('Healthy', 'Minimum', everyCheck),
      threshold: 1,
      isBelow: true,
      // A check at the edge of a period may fall into the next one.
      periods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    },
    {
      id: 'WrongRelease',
      runbookHeading: 'wrong-release',
      description: 'another Airflow release answers than commands are read by. Set it in the configuration and deploy.',
      metric: ours('WrongRelease', 'Maximum', everyCheck),
      threshold: 1,
      treatMissingData: TreatMissingData.IGNORE,
    },
  ];
}
