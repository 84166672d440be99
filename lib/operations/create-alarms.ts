import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** What alarms link to, and which topics they notify. */
export interface AlarmOptions {
  /** The URL at which the team reads `docs/operations.md`. */
  readonly runbook: string;
  /** ARNs of SNS topics. */
  readonly alarmTopics: readonly string[];
}

/** One alarm. */
export interface AlarmDefinition {
  readonly id: string;
  /** What happened, and what to check first: one sentence each. */
  readonly description: string;
  /** The anchor of its heading in `docs/operations.md`. */
  readonly runbookHeading: string;
  readonly metric: IMetric;
  /** The alarm is raised at or above this value; with `isBelow`, below it. */
  readonly threshold: number;
  readonly isBelow?: true;
  /** The number of consecutive periods. Default: one. */
  readonly periods?: number;
  /** How missing data is evaluated. Default: as not breaching. */
  readonly treatMissingData?: TreatMissingData;
  /** Also notifies when data stops arriving, but not before the first data arrived. Replaces `treatMissingData`. */
  readonly notifyWhenDataStops?: true;
}

export const FIVE_MINUTES = Duration.minutes(5);

/** Creates alarms. `subject` is the start of their descriptions: the name of an environment, or `API`. */
export function createAlarms(
  scope: Construct,
  subject: string,
  definitions: readonly AlarmDefinition[],
  options: AlarmOptions,
): Alarm[] {
  const actions = options.alarmTopics.map(
    (arn, index) => new SnsAction(Topic.fromTopicArn(scope, `Topic${index}`, arn)),
  );
  return definitions.map((definition) => {
    const { metric, threshold, isBelow, periods = 1, notifyWhenDataStops = false } = definition;
    const { treatMissingData = notifyWhenDataStops ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING } =
      definition;
    const alarm = new Alarm(scope, definition.id, {
      alarmDescription: `${subject}: ${definition.description} ${options.runbook}#${definition.runbookHeading}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: isBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData,
    });
    alarm.addAlarmAction(...actions);
    alarm.addOkAction(...actions);
    if (notifyWhenDataStops) alarm.addInsufficientDataAction(...actions);
    return alarm;
  });
}
