import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { CliProxy, type Entries } from './cli-proxy.ts';
import type { Config, Environment } from './config/config-types.ts';
import type { Place } from './config/places.ts';

export interface ProxyStackProps {
  readonly config: Config;
  /** Where this stack goes, and the environments that are there. */
  readonly place: Place<Environment>;
  readonly entries?: Entries | undefined;
}

/** The deployment of one configuration file to one account and region. */
export class ProxyStack extends Stack {
  constructor(scope: Construct, { config, place, entries }: ProxyStackProps) {
    const { stackName, region, account, environments } = place;
    super(scope, stackName, {
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA, over authenticated HTTPS',
      env: account === undefined ? { region } : { region, account },
      analyticsReporting: false,
    });
    for (const [key, value] of Object.entries(config.tags)) Tags.of(this).add(key, value);
    const { api } = new CliProxy(this, 'Proxy', { ...config, environments }, entries);

    new CfnOutput(this, 'Url', { description: 'Address of the API', value: api.url });
    new CfnOutput(this, 'InvokeArn', {
      description: 'Resources of execute-api:Invoke in the policy of a caller',
      value: api.invokeArns.join(' '),
    });
    new CfnOutput(this, 'AccessLog', { description: 'Log group of the API', value: api.accessLog.logGroupName });
  }
}
