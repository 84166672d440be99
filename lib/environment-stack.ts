import { NestedStack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Config } from '../config/config-types.ts';
import type { ProxyApi } from './api/proxy-api.ts';
import { RelayFunction, type RelayFunctionProps } from './functions/relay-function.ts';
import { HealthSchedule } from './operations/health-schedule.ts';
import { RelayAlarms } from './operations/relay-alarms.ts';

export interface EnvironmentStackProps extends Omit<RelayFunctionProps, 'apiStage'> {
  readonly api: ProxyApi;
  readonly front: IFunction;
  readonly operations: Config['operations'];
  /** Who may run what, a sentence a line, for people to read. */
  readonly grantRules: readonly string[];
}

/**
 * Everything of one environment: its relay, its paths of the API, and what watches it. A stack within the stack, for a stack holds 500 resources and
 * all environments share one API.
 */
export class EnvironmentStack extends NestedStack {
  readonly relay: RelayFunction;

  constructor(scope: Construct, id: string, { api, front, operations, grantRules, ...props }: EnvironmentStackProps) {
    const { name, environment } = props;
    super(scope, id, { description: `The Airflow environment ${name} behind the CLI proxy` });
    // In the outer template, where `cdk diff` shows it: what is granted stands in the code's asset otherwise, which is a hash.
    this.nestedStackResource?.addMetadata('Grants', [...grantRules]);
    this.relay = new RelayFunction(this, 'Relay', { ...props, apiStage: api.apiStage });
    api.addEnvironmentRoutes(this, {
      name,
      relay: this.relay.proxyFunction.function,
      front,
      integrationSeconds: environment.timeouts.integrationSeconds,
    });
    const { function: relay } = this.relay.proxyFunction;
    new HealthSchedule(this, 'Health', { name, relay, everyMinutes: operations.healthEveryMinutes });
    new RelayAlarms(this, 'Alarms', { ...operations, name, relay });
  }
}
