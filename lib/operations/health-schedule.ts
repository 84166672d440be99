import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
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
  constructor(scope: Construct, id: string, { name, relay, everyMinutes }: HealthScheduleProps) {
    super(scope, id);
    relay.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MAX_EVENT_AGE });
    new Rule(this, 'Rule', {
      description: `Health check of the Airflow environment ${name}`,
      schedule: Schedule.rate(Duration.minutes(everyMinutes)),
      targets: [
        new LambdaFunction(relay, {
          event: RuleTargetInput.fromObject(SCHEDULED_HEALTH_EVENT),
          retryAttempts: 0,
          maxEventAge: MAX_EVENT_AGE,
        }),
      ],
    });
  }
}
