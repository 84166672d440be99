import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import { environmentFile, grantSentences, grantsOf } from './environment-file.ts';
import { ProxyApi } from './proxy-api.ts';
import { relayBundler } from './relay-bundle.ts';
import { RelayFunction } from './relay-function.ts';

export interface ProxyStackProps {
  readonly config: Config;
  /** The module to bundle as the relay's code. Left out: the relay. */
  readonly relayEntry?: string;
}

/** The whole deployment of one configuration file: one API, and one relay function for each environment that is on. */
export class ProxyStack extends Stack {
  constructor(scope: Construct, id: string, { config, relayEntry }: ProxyStackProps) {
    const { region, account } = config;
    super(scope, id, {
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA, over authenticated HTTPS',
      env: account === undefined ? { region } : { region, account },
      analyticsReporting: false,
    });
    const api = new ProxyApi(this, 'Proxy', config.api);
    const bundle = relayBundler(relayEntry);
    const environments = Object.entries(config.environments).filter(([, { enabled }]) => enabled);

    for (const [name, environment] of environments) {
      const relay = new RelayFunction(this, `Relay-${name}`, {
        name,
        environment,
        code: bundle(environmentFile(config, name, environment)),
        api: api.trusted,
        grantSentences: grantSentences(grantsOf(config, name)),
      });
      api.addRelay(name, relay.function, environment.timeouts);
    }
    if (environments.length === 0) api.addNothing();

    new CfnOutput(this, 'Url', { description: 'Address of the API', value: api.url });
    new CfnOutput(this, 'InvokeArn', {
      description: 'Resource of execute-api:Invoke in the policy of a caller',
      value: api.invokeArn,
    });
    new CfnOutput(this, 'AccessLog', { description: 'Log group of the API', value: api.accessLog.logGroupName });
  }
}
