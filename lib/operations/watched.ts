import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** What alarms link to, and whom they tell. */
export interface AlarmOptions {
  /** Where `docs/operations.md` is read. */
  readonly runbook: string;
  /** ARNs of SNS topics. */
  readonly alarmTopics: readonly string[];
}

/** One alarm, as a row of a table. */
export interface Watched {
  readonly id: string;
  /** What it means, and what to look at first: a sentence each. */
  readonly says: string;
  /** Its heading in `docs/operations.md`, as the address of one: lower case, hyphens. */
  readonly heading: string;
  readonly metric: IMetric;
  /** It is raised at this value, or with `below` under it. */
  readonly threshold: number;
  readonly below?: true;
  /** How many periods in a row. Left out: one. */
  readonly periods?: number;
  /** What no data means. Left out: all is well. */
  readonly missing?: TreatMissingData;
}

export const FIVE_MINUTES = Duration.minutes(5);

/** Makes the alarms of a table, in its order. */
export function watch(scope: Construct, subject: string, rows: readonly Watched[], options: AlarmOptions): Alarm[] {
  const actions = options.alarmTopics.map(
    (arn, index) => new SnsAction(Topic.fromTopicArn(scope, `Topic${index}`, arn)),
  );
  return rows.map(({ id, says, heading, metric, threshold, below, periods = 1, missing }) => {
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${subject}: ${says} ${options.runbook}#${heading}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...actions);
    alarm.addOkAction(...actions);
    return alarm;
  });
}
