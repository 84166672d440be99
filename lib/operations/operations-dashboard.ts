import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRIC_DIMENSIONS, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts';

export interface OperationsDashboardProps {
  readonly api: RestApi;
  readonly alarms: readonly Alarm[];
  /** Whether there are events that run commands. */
  readonly hasEvents: boolean;
}

const WIDGET_WIDTH = 12;

/** One dashboard for all environments. Its expressions search for metrics, so that new environments appear automatically. */
export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, { api, alarms, hasEvents }: OperationsDashboardProps) {
    super(scope, id);
    const { environment, result, event } = METRIC_DIMENSIONS;
    const createSearch = (dimensions: string[], metric: MetricName, statistic: string) => {
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
    const createGraph = (title: string, ...left: MathExpression[]) =>
      new GraphWidget({ title, left, width: WIDGET_WIDTH });
    const stage = api.deploymentStage;
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          createGraph('Requests by environment', createSearch([environment], 'Requests', 'Sum')),
          createGraph('Requests by environment and result', createSearch([environment, result], 'Requests', 'Sum')),
        ],
        [
          createGraph(
            'Duration of commands (ms)',
            createSearch([environment], 'Duration', 'p50'),
            createSearch([environment], 'Duration', 'p95'),
          ),
          createGraph(
            'Airflow response time, commands (ms)',
            createSearch([environment], 'UpstreamTime', 'p50'),
            createSearch([environment], 'UpstreamTime', 'p95'),
          ),
        ],
        [
          createGraph(
            'Duration of REST requests (ms)',
            createSearch([environment], 'RestDuration', 'p50'),
            createSearch([environment], 'RestDuration', 'p95'),
          ),
          createGraph(
            'Airflow response time, REST (ms)',
            createSearch([environment], 'RestUpstreamTime', 'p50'),
            createSearch([environment], 'RestUpstreamTime', 'p95'),
          ),
        ],
        [
          createGraph(
            'Wait for a free slot (ms)',
            createSearch([environment], 'QueueTime', 'p50'),
            createSearch([environment], 'QueueTime', 'p95'),
          ),
          createGraph('Requests without a free slot in time', createSearch([environment], 'Busy', 'Sum')),
        ],
        [
          createGraph('Requests not granted', createSearch([environment], 'Refused', 'Sum')),
          createGraph(
            'Unknown and unverified outcomes',
            createSearch([environment], 'UnknownOutcomes', 'Sum'),
            createSearch([environment], 'Unverified', 'Sum'),
          ),
        ],
        [
          createGraph('Health (1: healthy)', createSearch([environment], 'Healthy', 'Minimum')),
          createGraph('Token failures', createSearch([environment], 'TokenFailures', 'Sum')),
        ],
        ...(hasEvents
          ? [
              [
                createGraph(
                  'Events: done, delayed, dead',
                  createSearch([environment, event], 'EventsDone', 'Sum'),
                  createSearch([environment, event], 'EventsDelayed', 'Sum'),
                  createSearch([environment, event], 'EventsDead', 'Sum'),
                ),
                createGraph('Age of events (ms)', createSearch([environment, event], 'EventAge', 'Maximum')),
              ],
            ]
          : []),
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
