import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import type { Function as Relay } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';

export interface HealthScheduleProps {
  readonly name: string;
  readonly relay: Relay;
  readonly everyMinutes: number;
}

/** Lambda discards older events. Otherwise delayed checks would accumulate and occupy the slots of the environment. */
const MAX_EVENT_AGE = Duration.minutes(1);

/**
 * Invokes the relay regularly to check the health of its environment. The result feeds the alarms. The schedule also prevents Lambda
 * from deactivating an idle function, which would reject the next request (source: Lambda, "Lambda function states").
 */
export class HealthSchedule extends Construct {
  readonly ruleArn: string;

  constructor(scope: Construct, id: string, { name, relay, everyMinutes }: HealthScheduleProps) {
    super(scope, id);
    relay.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MAX_EVENT_AGE });
    const rule = new Rule(this, 'Rule', {
      description: `Health check of the Airflow environment ${name}`,
      schedule: Schedule.rate(Duration.minutes(everyMinutes)),
      // The target class of the CDK would add a permission, which the policy of the function replaces.
      targets: [
        {
          bind: () => ({
            arn: relay.functionArn,
            input: RuleTargetInput.fromObject(SCHEDULED_HEALTH_EVENT),
            retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: MAX_EVENT_AGE.toSeconds() },
          }),
        },
      ],
    });
    this.ruleArn = rule.ruleArn;
  }
}
