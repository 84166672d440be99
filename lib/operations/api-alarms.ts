import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type AlarmDefinition, type AlarmOptions, createAlarms, FIVE_MINUTES } from './create-alarms.ts';

export interface ApiAlarmsProps extends AlarmOptions {
  readonly api: RestApi;
  readonly front: IFunction;
  /** The function that checks tokens, where there is one. */
  readonly authorizer: IFunction | undefined;
}

/** The alarms of one API. */
export class ApiAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: ApiAlarmsProps) {
    super(scope, id);
    this.alarms = createAlarms(this, 'API', listApiAlarms(props), props);
  }
}

function listApiAlarms({ api, front, authorizer }: ApiAlarmsProps): AlarmDefinition[] {
  const period = FIVE_MINUTES;
  const stage = api.deploymentStage;
  return [
    {
      id: 'ServerErrors',
      runbookHeading: 'server-errors',
      description: 'many requests end in a 5xx. The access log says of which environment.',
      metric: stage.metricServerError({ period, statistic: 'Sum' }),
      threshold: 10,
    },
    {
      id: 'ClientErrors',
      runbookHeading: 'client-errors',
      description: 'many requests are refused, or end in a 4xx. The access log says whose and why.',
      metric: stage.metricClientError({ period, statistic: 'Sum' }),
      threshold: 100,
    },
    {
      id: 'DirectoryErrors',
      runbookHeading: 'directory-errors',
      description: 'the directory function failed. Look for its error in the log.',
      metric: front.metricErrors({ period }),
      threshold: 1,
    },
    ...(authorizer === undefined
      ? []
      : [
          {
            id: 'TokensRefused',
            runbookHeading: 'tokens-refused',
            description: "many OIDC tokens are refused, or cannot be checked. The authorizer's log says why.",
            // A refusal is an error of the function: API Gateway makes a 401 of no other answer.
            metric: authorizer.metricErrors({ period }),
            threshold: 50,
          },
        ]),
  ];
}
