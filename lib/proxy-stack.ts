import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config, EnvironmentConfig } from '../config/config-types.ts';
import type { DeploymentTarget } from '../config/deployment-targets.ts';
import { CliProxy, type EntryPointResolver } from './cli-proxy.ts';

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
    const { api, front, relayLog, oidcAuthorizer, environmentStacks, deploymentFunctions, events } = new CliProxy(
      this,
      'Proxy',
      { ...config, environments },
      resolveEntryPoint,
    );

    new CfnOutput(this, 'Url', {
      description:
        api.endpointUrls.length === 0
          ? 'URL of the API'
          : 'URL of the API in VPCs with private DNS for execute-api. Everywhere else, use UrlThroughEndpoint1 and following',
      value: api.url,
    });
    for (const [index, value] of api.endpointUrls.entries()) {
      const description = 'URL of the API from the VPC of this execute-api endpoint, with and without private DNS';
      new CfnOutput(this, `UrlThroughEndpoint${index + 1}`, { description, value });
    }
    new CfnOutput(this, 'InvokeArn', {
      description: 'Resources to allow for execute-api:Invoke in the policy of a caller',
      value: api.invokeArns.join(' '),
    });
    new CfnOutput(this, 'AccessLog', {
      description: 'Log group with the access log of the API',
      value: api.accessLog.logGroupName,
    });
    new CfnOutput(this, 'FrontLog', {
      description: 'Log group with every request, including rejected ones',
      value: front.proxyFunction.logGroup.logGroupName,
    });
    new CfnOutput(this, 'RelayLog', {
      description: 'Log group with every command and request that was sent to Airflow, for mwaa audit',
      value: relayLog.logGroupName,
    });
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
