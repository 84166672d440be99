import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config, EnvironmentConfig } from '../config/config-types.ts';
import type { DeploymentTarget } from '../config/deployment-targets.ts';
import { CliProxy, type EntryPointResolver } from './cli-proxy.ts';
import { addStackOutputs } from './stack-outputs.ts';

export interface ProxyStackProps {
  readonly config: Config;
  /** The account and region of this stack, and its environments. */
  readonly target: DeploymentTarget<EnvironmentConfig>;
  readonly resolveEntryPoint?: EntryPointResolver | undefined;
}

/** The deployment of one configuration file to one account and region. */
export class ProxyStack extends Stack {
  constructor(scope: Construct, { config, target, resolveEntryPoint }: ProxyStackProps) {
    const { stackName, region, account, environments } = target;
    super(scope, stackName, {
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA, over authenticated HTTPS',
      env: account === undefined ? { region } : { region, account },
      analyticsReporting: false,
    });
    for (const [key, value] of Object.entries(config.tags)) Tags.of(this).add(key, value);
    const { api, front, relayLog, oidcAuthorizer, environmentStacks, events, deploymentFunctions } = new CliProxy(
      this,
      'Proxy',
      { ...config, environments },
      resolveEntryPoint,
    );

    addStackOutputs(this, { api, frontLog: front.proxyFunction.logGroup, relayLog });
    if (events !== undefined) {
      new CfnOutput(this, 'EventsLog', {
        description: 'Log group with every try of an event, and what became of it',
        value: events.function.proxyFunction.logGroup.logGroupName,
      });
    }
    if (oidcAuthorizer !== undefined) {
      new CfnOutput(this, 'AuthorizerLog', {
        description: 'Log group with the OIDC tokens that were rejected, and why',
        value: oidcAuthorizer.proxyFunction.logGroup.logGroupName,
      });
    }
    for (const [name, { serviceToken }] of Object.entries(deploymentFunctions)) {
      // In a construct of its own, because the name of an output directly in a stack does not distinguish `a-b` and `ab`.
      new CfnOutput(new Construct(this, `Deployment-${name}`), 'ServiceToken', {
        description: `ServiceToken of the custom resources of the deployment ${name}`,
        value: serviceToken,
      });
    }
    const airflowRoles = Object.entries(environmentStacks).flatMap(([name, { restRelay }]) =>
      restRelay === undefined ? [] : [`${name}: ${restRelay.airflowRole}`],
    );
    if (airflowRoles.length > 0) {
      new CfnOutput(this, 'AirflowRoles', {
        description:
          "The role that requests for Airflow's REST API have in Airflow, for each environment that offers it",
        value: airflowRoles.join(', '),
      });
    }
  }
}
