import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AirflowRole } from '../../airflow/rest/airflow-role.ts';
import type { EnvironmentConfig } from '../../config/config-types.ts';
import { calculateRelayMemory } from '../../config/limits.ts';
import { REST_FUNCTION } from '../../contract/function-names.ts';
import type { LogOptions } from './audit-log-group.ts';
import { ProxyFunction, type ProxyFunctionProps } from './proxy-function.ts';
import { acknowledgeRelayRole, createRestRelayPolicies } from './relay-policies.ts';

export interface RestRelayFunctionProps {
  /** The name of the environment in the configuration and in the paths of the API. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  readonly code: Code;
  readonly functionName: string;
  /** The role of its web sessions in Airflow. */
  readonly airflowRole: AirflowRole;
  readonly logs: LogOptions;
  /** The log group of all relays. */
  readonly logGroup: ILogGroup;
  /** That of the relay: both connect to the same hosts. */
  readonly network: NonNullable<ProxyFunctionProps['network']>;
}

/** The REST relay of one MWAA environment: its function and role. It can create web login tokens and no CLI tokens. */
export class RestRelayFunction extends Construct {
  readonly proxyFunction: ProxyFunction;
  readonly airflowRole: AirflowRole;

  constructor(scope: Construct, id: string, props: RestRelayFunctionProps) {
    super(scope, id);
    const { name, environment, code, functionName, airflowRole, logs, logGroup, network } = props;
    const { restConcurrency, timeouts, limits } = environment;
    const mwaaName = environment.mwaaName ?? name;
    this.airflowRole = airflowRole;
    this.proxyFunction = new ProxyFunction(this, 'Relay', {
      functionName,
      handler: REST_FUNCTION.handler,
      description: `REST relay of the MWAA environment ${mwaaName}, with the Airflow role ${airflowRole}`,
      code,
      logs,
      logGroup,
      memorySize: calculateRelayMemory(limits.answerBytes),
      timeoutSeconds: timeouts.functionSeconds,
      policies: createRestRelayPolicies(this, mwaaName, airflowRole),
      ...(restConcurrency === 'unreserved' ? {} : { reservedConcurrency: restConcurrency }),
      network,
    });
    acknowledgeRelayRole(this.proxyFunction.role);
  }
}
