import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DIMENSIONS, METRICS_NAMESPACE, type MetricName } from '../../lambda/metric-names.ts';
import { type AlarmOptions, FIVE_MINUTES, type Watched, watch } from './watched.ts';

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
    this.alarms = watch(this, props.name, rows(props), props);
  }
}

function rows({ name, relay, latencySeconds, healthEveryMinutes }: RelayAlarmsProps): Watched[] {
  const ours = (metricName: MetricName, statistic: string, period = FIVE_MINUTES) =>
    new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { [DIMENSIONS.environment]: name },
      statistic,
      period,
    });
  const everyCheck = Duration.minutes(healthEveryMinutes);
  return [
    {
      id: 'Errors',
      heading: 'function-errors',
      says: 'the relay function failed. Look for its error in the log; a command may have been sent.',
      metric: relay.metricErrors({ period: FIVE_MINUTES }),
      threshold: 1,
    },
    {
      id: 'Throttles',
      heading: 'requests-over-the-limit',
      says: 'more requests came at once than the environment may have under way. See who sends so many.',
      metric: relay.metricThrottles({ period: FIVE_MINUTES }),
      threshold: 10,
    },
    {
      id: 'TokenFailures',
      heading: 'token-failures',
      says: 'MWAA gives the relay no CLI token, or takes it not. Ask for the health of the environment.',
      metric: ours('TokenFailures', 'Sum'),
      threshold: 3,
    },
    {
      id: 'Latency',
      heading: 'latency',
      says: 'commands take long. Compare UpstreamTime: it is what Airflow took.',
      metric: ours('Duration', 'p95'),
      threshold: latencySeconds * 1000,
      periods: 3,
    },
    {
      id: 'FatesOpen',
      heading: 'open-fates',
      says: 'a command was sent and nobody knows what became of it. Look in Airflow before it is sent again.',
      metric: ours('FatesOpen', 'Sum'),
      threshold: 1,
    },
    {
      id: 'Unverified',
      heading: 'unverified-outcomes',
      says: 'many commands end without saying how. See which, and whether their callers look for themselves.',
      metric: ours('Unverified', 'Sum', Duration.hours(1)),
      threshold: 10,
    },
    {
      id: 'Refused',
      heading: 'refused-callers',
      says: 'many commands are refused by the grants. See whose: a caller out of date, or one that tries doors.',
      metric: ours('Refused', 'Sum'),
      threshold: 20,
    },
    {
      id: 'Untrusted',
      heading: 'invoked-other-than-by-the-api',
      says: 'somebody invoked the relay function directly. It refused; find out who may.',
      metric: ours('Untrusted', 'Sum'),
      threshold: 1,
    },
    {
      id: 'Unhealthy',
      heading: 'unhealthy',
      says: 'the way to Airflow is broken, or the scheduled check is not heard of. Ask for the health of the environment.',
      metric: ours('Healthy', 'Minimum', everyCheck),
      threshold: 1,
      below: true,
      // A check at the edge of a period may fall into the next one.
      periods: 2,
      missing: TreatMissingData.BREACHING,
    },
    {
      id: 'WrongRelease',
      heading: 'wrong-release',
      says: 'another Airflow release answers than commands are read by. Set it in the configuration and deploy.',
      metric: ours('WrongRelease', 'Maximum', everyCheck),
      threshold: 1,
      missing: TreatMissingData.IGNORE,
    },
  ];
}
