import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type AlarmOptions, FIVE_MINUTES, type Watched, watch } from './watched.ts';

export interface ApiAlarmsProps extends AlarmOptions {
  readonly api: RestApi;
  readonly directory: IFunction;
  /** The function that checks tokens, where there is one. */
  readonly authorizer: IFunction | undefined;
}

/** The alarms of one API. */
export class ApiAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: ApiAlarmsProps) {
    super(scope, id);
    this.alarms = watch(this, 'API', rows(props), props);
  }
}

function rows({ api, directory, authorizer }: ApiAlarmsProps): Watched[] {
  const period = FIVE_MINUTES;
  const stage = api.deploymentStage;
  return [
    {
      id: 'ServerErrors',
      heading: 'server-errors',
      says: 'many requests end in a 5xx. The access log says of which environment.',
      metric: stage.metricServerError({ period, statistic: 'Sum' }),
      threshold: 10,
    },
    {
      id: 'ClientErrors',
      heading: 'client-errors',
      says: 'many requests are refused, or end in a 4xx. The access log says whose and why.',
      metric: stage.metricClientError({ period, statistic: 'Sum' }),
      threshold: 100,
    },
    {
      id: 'DirectoryErrors',
      heading: 'directory-errors',
      says: 'the directory function failed. Look for its error in the log.',
      metric: directory.metricErrors({ period }),
      threshold: 1,
    },
    ...(authorizer === undefined
      ? []
      : [
          {
            id: 'TokensRefused',
            heading: 'tokens-refused',
            says: "many OIDC tokens are refused, or cannot be checked. The authoriser's log says why.",
            // A refusal is an error of the function: API Gateway makes a 401 of no other answer.
            metric: authorizer.metricErrors({ period }),
            threshold: 50,
          },
        ]),
  ];
}
