import { NestedStack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../config/config-types.ts';
import { EventRelayFunction } from './functions/event-relay-function.ts';
import { FunctionPolicy } from './functions/function-policy.ts';
import { RelayFunction, type RelayFunctionProps } from './functions/relay-function.ts';
import { RestRelayFunction, type RestRelayFunctionProps } from './functions/rest-relay-function.ts';
import { HealthSchedule } from './operations/health-schedule.ts';
import { recordGrants } from './operations/record-grants.ts';
import { RelayAlarms } from './operations/relay-alarms.ts';

export interface EnvironmentStackProps extends RelayFunctionProps {
  /** Absent: the environment does not offer Airflow's REST API. */
  readonly rest: Pick<RestRelayFunctionProps, 'code' | 'functionName' | 'airflowRole'> | undefined;
  /** Absent: no event has this environment. */
  readonly events: { readonly functionName: string; readonly consumerRoleArn: string } | undefined;
  /** The role of the front function, the only one that may invoke the REST relay. */
  readonly frontRoleArn: string;
  /** The roles of the functions of deployments. They and the front may invoke the relay. */
  readonly deploymentRoleArns: readonly string[];
  readonly functionPolicies: Config['functionPolicies'];
  readonly operations: Config['operations'];
  /** Who may run what, one caller and rule per line. */
  readonly grantRules: readonly string[];
}

/**
 * Everything for one environment: its relay, and its monitoring. It is a nested stack, because a stack is limited to 500 resources.
 */
export class EnvironmentStack extends NestedStack {
  readonly relay: RelayFunction;
  readonly restRelay: RestRelayFunction | undefined;
  readonly eventRelay: EventRelayFunction | undefined;

  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    const { name, frontRoleArn, deploymentRoleArns, functionPolicies, operations, grantRules, rest, events } = props;
    super(scope, id, { description: `The Airflow environment ${name} behind the CLI proxy` });
    recordGrants(this, grantRules);
    this.relay = new RelayFunction(this, 'Relay', props);
    const { function: relay } = this.relay.proxyFunction;
    const { ruleArn } = new HealthSchedule(this, 'Health', {
      name,
      relay,
      everyMinutes: operations.healthEveryMinutes,
    });
    new FunctionPolicy(this, 'Invocation', {
      function: relay,
      mode: functionPolicies,
      source: { service: 'events.amazonaws.com', sourceArn: ruleArn },
      callerRoleArns: [frontRoleArn, ...deploymentRoleArns],
    });
    if (rest !== undefined) {
      this.restRelay = new RestRelayFunction(this, 'RestRelay', { ...props, ...rest, network: this.relay.network });
      new FunctionPolicy(this, 'RestInvocation', {
        function: this.restRelay.proxyFunction.function,
        mode: functionPolicies,
        callerRoleArns: [frontRoleArn],
      });
    }
    if (events !== undefined) {
      const { functionName, consumerRoleArn } = events;
      this.eventRelay = new EventRelayFunction(this, 'EventRelay', {
        ...props,
        functionName,
        network: this.relay.network,
      });
      new FunctionPolicy(this, 'EventInvocation', {
        function: this.eventRelay.proxyFunction.function,
        mode: functionPolicies,
        callerRoleArns: [consumerRoleArn],
      });
    }
    new RelayAlarms(this, 'Alarms', {
      ...operations,
      name,
      relay,
      restRelay: this.restRelay?.proxyFunction.function,
    });
  }
}
