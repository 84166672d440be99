import { NestedStack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Config } from '../config/config-types.ts';
import type { ProxyApi } from './api/proxy-api.ts';
import { RelayFunction, type RelayFunctionProps } from './functions/relay-function.ts';
import { HealthSchedule } from './operations/health-schedule.ts';
import { recordGrants } from './operations/record-grants.ts';
import { RelayAlarms } from './operations/relay-alarms.ts';

export interface EnvironmentStackProps extends Omit<RelayFunctionProps, 'apiStage'> {
  readonly api: ProxyApi;
  readonly front: IFunction;
  readonly operations: Config['operations'];
  /** Who may run what, one caller and rule per line. */
  readonly grantRules: readonly string[];
}

/**
 * Everything for one environment: its relay, its paths in the API, and its monitoring. It is a nested stack, because all
 * environments share one API and a stack is limited to 500 resources.
 */
export class EnvironmentStack extends NestedStack {
  readonly relay: RelayFunction;

  constructor(scope: Construct, id: string, { api, front, operations, grantRules, ...props }: EnvironmentStackProps) {
    const { name, environment } = props;
    super(scope, id, { description: `The Airflow environment ${name} behind the CLI proxy` });
    recordGrants(this, grantRules);
    this.relay = new RelayFunction(this, 'Relay', { ...props, apiStage: api.apiStage });
    const { function: relay } = this.relay.proxyFunction;
    api.addEnvironmentRoutes(this, {
      name,
      relay,
      front,
      integrationSeconds: environment.timeouts.integrationSeconds,
    });
    new HealthSchedule(this, 'Health', { name, relay, everyMinutes: operations.healthEveryMinutes });
    new RelayAlarms(this, 'Alarms', { ...operations, name, relay });
  }
}
