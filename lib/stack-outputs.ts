import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ProxyApi } from './api/proxy-api.ts';

export interface OutputSources {
  readonly api: ProxyApi;
  readonly frontLog: ILogGroup;
  readonly relayLog: ILogGroup;
}

/** Outputs the addresses of the API, and the log groups. */
export function addStackOutputs(stack: Stack, { api, frontLog, relayLog }: OutputSources): void {
  new CfnOutput(stack, 'Url', {
    description:
      api.endpointUrls.length === 0
        ? 'URL of the API'
        : 'URL of the API in VPCs with private DNS for execute-api. Everywhere else, use UrlThroughEndpoint1 and following',
    value: api.url,
  });
  for (const [index, value] of api.endpointUrls.entries()) {
    const description = 'URL of the API from the VPC of this execute-api endpoint, with and without private DNS';
    new CfnOutput(stack, `UrlThroughEndpoint${index + 1}`, { description, value });
  }
  new CfnOutput(stack, 'InvokeArn', {
    description: 'Resources to allow for execute-api:Invoke in the policy of a caller',
    value: api.invokeArns.join(' '),
  });
  new CfnOutput(stack, 'AccessLog', {
    description: 'Log group with the access log of the API',
    value: api.accessLog.logGroupName,
  });
  new CfnOutput(stack, 'FrontLog', {
    description: 'Log group with every request, including rejected ones',
    value: frontLog.logGroupName,
  });
  new CfnOutput(stack, 'RelayLog', {
    description: 'Log group with every command and request that was sent to Airflow, for mwaa audit',
    value: relayLog.logGroupName,
  });
}
