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
export interface AlarmDefinition {
  readonly id: string;
  /** What it means, and what to look at first: a sentence each. */
  readonly description: string;
  /** Its heading in `docs/operations.md`, as the address of one: lower case, hyphens. */
  readonly runbookHeading: string;
  readonly metric: IMetric;
  /** It is raised at this value, or with `below` under it. */
  readonly threshold: number;
  readonly isBelow?: true;
  /** How many periods in a row. Left out: one. */
  readonly periods?: number;
  /** What no data means. Left out: all is well. */
  readonly treatMissingData?: TreatMissingData;
}

export const FIVE_MINUTES = Duration.minutes(5);

/** Makes the alarms of a table, in its order. */
export function createAlarms(
  scope: Construct,
  subject: string,
  rows: readonly AlarmDefinition[],
  options: AlarmOptions,
): Alarm[] {
  const actions = options.alarmTopics.map(
    (arn, index) => new SnsAction(Topic.fromTopicArn(scope, `Topic${index}`, arn)),
  );
  return rows.map(({ id, description, runbookHeading, metric, threshold, isBelow, periods = 1, treatMissingData }) => {
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${subject}: ${description} ${options.runbook}#${runbookHeading}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: isBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: treatMissingData ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...actions);
    alarm.addOkAction(...actions);
    return alarm;
  });
}
