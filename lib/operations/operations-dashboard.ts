import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRIC_DIMENSIONS, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts';

export interface OperationsDashboardProps {
  readonly api: RestApi;
  readonly alarms: readonly Alarm[];
}

const WIDGET_WIDTH = 12;

/** One dashboard for all environments. Its expressions search for metrics, so that new environments appear automatically. */
export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, { api, alarms }: OperationsDashboardProps) {
    super(scope, id);
    const { environment, result } = METRIC_DIMENSIONS;
    const search = (dimensions: string[], metric: MetricName, statistic: string) => {
      const schema = [METRICS_NAMESPACE, ...dimensions]
        .map((part) => (/^\w+$/.test(part) ? part : `"${part}"`))
        .join(',');
      return new MathExpression({
        expression: `SEARCH('{${schema}} MetricName="${metric}"', '${statistic}', 300)`,
        label: statistic,
        period: Duration.minutes(5),
        usingMetrics: {},
      });
    };
    const graph = (title: string, ...left: MathExpression[]) => new GraphWidget({ title, left, width: WIDGET_WIDTH });
    const stage = api.deploymentStage;
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          graph('Requests by environment', search([environment], 'Requests', 'Sum')),
          graph('Requests by environment and result', search([environment, result], 'Requests', 'Sum')),
        ],
        [
          graph(
            'Request duration (ms)',
            search([environment], 'Duration', 'p50'),
            search([environment], 'Duration', 'p95'),
          ),
          graph(
            'Airflow response time (ms)',
            search([environment], 'UpstreamTime', 'p50'),
            search([environment], 'UpstreamTime', 'p95'),
          ),
        ],
        [
          graph('Commands not granted', search([environment], 'Refused', 'Sum')),
          graph(
            'Unknown and unverified outcomes',
            search([environment], 'UnknownOutcomes', 'Sum'),
            search([environment], 'Unverified', 'Sum'),
          ),
        ],
        [
          graph('Health (1: healthy)', search([environment], 'Healthy', 'Minimum')),
          graph('CLI token failures', search([environment], 'TokenFailures', 'Sum')),
        ],
        [
          new GraphWidget({
            title: 'API requests, 4xx and 5xx responses',
            left: [stage.metricCount(), stage.metricClientError(), stage.metricServerError()],
            width: WIDGET_WIDTH,
          }),
          new AlarmStatusWidget({ title: 'API alarms', alarms: [...alarms], width: WIDGET_WIDTH }),
        ],
      ],
    });
  }
}
