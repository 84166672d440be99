import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type AlarmDefinition, type AlarmOptions, createAlarms, FIVE_MINUTES } from './create-alarms.ts';

export interface ApiAlarmsProps extends AlarmOptions {
  readonly api: RestApi;
  readonly front: IFunction;
  /** Undefined if the API accepts no OIDC tokens. */
  readonly authorizer: IFunction | undefined;
}

/** The alarms of one API. */
export class ApiAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: ApiAlarmsProps) {
    super(scope, id);
    const definitions = [
      ...listApiAlarms(props),
      ...(props.authorizer === undefined ? [] : [defineAuthorizerAlarm(props.authorizer)]),
    ];
    this.alarms = createAlarms(this, 'API', definitions, props);
  }
}

function listApiAlarms({ api, front }: ApiAlarmsProps): AlarmDefinition[] {
  const stage = api.deploymentStage;
  return [
    {
      id: 'ServerErrors',
      runbookHeading: 'server-errors',
      description: 'many responses have a 5xx status. Check the alarms of the environments, then the access log.',
      metric: stage.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 10,
    },
    {
      id: 'ClientErrors',
      runbookHeading: 'client-errors',
      description: 'many responses have a 4xx status. Check the access log for the callers and the reasons.',
      metric: stage.metricClientError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 100,
    },
    {
      id: 'FrontErrors',
      runbookHeading: 'front-errors',
      description: 'the front function failed. Check its log for the error, and Airflow for what may have been sent.',
      metric: front.metricErrors({ period: FIVE_MINUTES }),
      threshold: 1,
    },
    {
      id: 'FrontThrottles',
      runbookHeading: 'front-throttles',
      description:
        'Lambda throttled the front function, and API Gateway returned errors. Check the concurrency of the account.',
      metric: front.metricThrottles({ period: FIVE_MINUTES }),
      threshold: 1,
    },
  ];
}

const defineAuthorizerAlarm = (authorizer: IFunction): AlarmDefinition => ({
  id: 'TokensRejected',
  runbookHeading: 'tokens-rejected',
  description: 'the authorizer rejected many OIDC tokens, or could not check them. Check its log for the reasons.',
  // The authorizer rejects a token by failing, because API Gateway returns a 401 for no other result.
  metric: authorizer.metricErrors({ period: FIVE_MINUTES }),
  threshold: 50,
});
