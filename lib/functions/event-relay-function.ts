import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/config-types.ts';
import { calculateRelayMemory } from '../../config/limits.ts';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import type { LogOptions } from './audit-log-group.ts';
import { ProxyFunction, type ProxyFunctionProps } from './proxy-function.ts';
import { acknowledgeRelayRole, createRelayPolicies } from './relay-policies.ts';

export interface EventRelayFunctionProps {
  /** The name of the environment in the configuration. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  /** That of the relay. */
  readonly code: Code;
  readonly functionName: string;
  readonly logs: LogOptions;
  /** The log group of all relays. */
  readonly logGroup: ILogGroup;
  /** That of the relay: both connect to the same hosts. */
  readonly network: NonNullable<ProxyFunctionProps['network']>;
}

/**
 * The relay for the events of one MWAA environment. It has slots of its own, so that no number of events takes one from people. Otherwise it
 * is the relay: same code, same data, and a role with the same permissions.
 */
export class EventRelayFunction extends Construct {
  readonly proxyFunction: ProxyFunction;

  constructor(scope: Construct, id: string, props: EventRelayFunctionProps) {
    super(scope, id);
    const { name, environment, code, functionName, logs, logGroup, network } = props;
    const { eventConcurrency, timeouts, limits } = environment;
    const mwaaName = environment.mwaaName ?? name;
    this.proxyFunction = new ProxyFunction(this, 'Relay', {
      functionName,
      handler: RELAY_FUNCTION.handler,
      description: `Relay for the events of the MWAA environment ${mwaaName}`,
      code,
      logs,
      logGroup,
      memorySize: calculateRelayMemory(limits.answerBytes),
      timeoutSeconds: timeouts.functionSeconds,
      policies: createRelayPolicies(this, mwaaName),
      ...(eventConcurrency === 'unreserved' ? {} : { reservedConcurrency: eventConcurrency }),
      network,
    });
    acknowledgeRelayRole(this.proxyFunction.role);
  }
}
