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

/** A check that had to wait for so long is of no use, and a queue of them would take Airflow's slots. */
const MAX_EVENT_AGE = Duration.minutes(1);

/**
 * Asks the relay for the health of its environment by the clock. It keeps an idle function from being set inactive, which would
 * refuse the next caller (documented: Lambda, "Lambda function states"), and feeds the alarms.
 */
export class HealthSchedule extends Construct {
  constructor(scope: Construct, id: string, { name, relay, everyMinutes }: HealthScheduleProps) {
    super(scope, id);
    relay.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MAX_EVENT_AGE });
    new Rule(this, 'Rule', {
      description: `Health of the Airflow environment ${name}`,
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
