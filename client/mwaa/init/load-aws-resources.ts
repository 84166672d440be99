import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { MWAAClient } from '@aws-sdk/client-mwaa';
import type { AwsAccess } from '../../direct/aws-access.ts';
import { signedFetch } from '../../library/signed-fetch.ts';
import { type AwsScope, resolveAwsScope } from '../resolve-aws-scope.ts';
import type { AwsResources } from './aws-resources.ts';
import { describeAwsError } from './describe-aws-error.ts';
import { fetchAwsResources } from './fetch-aws-resources.ts';

/** Disables the SDK's own timeouts, because their timers outlive a failed request and would keep the process running. */
const requestHandler = { connectionTimeout: 0, requestTimeout: 0 };

/** Fetches the resources of a region. Returns a message with a remedy if that fails or if there is no environment. */
export async function loadAwsResources(scope: AwsScope, variables: NodeJS.ProcessEnv): Promise<AwsResources | string> {
  const access = await resolveAwsScope(scope, variables).catch((error: Error) => error.message);
  if (typeof access === 'string') return access;
  const { region } = access;
  const mwaa = new MWAAClient({ ...access, requestHandler });
  const ec2 = new EC2Client({ ...access, requestHandler });
  const lambda = new LambdaClient({ ...access, requestHandler });
  try {
    const getApiGatewayAccount = (signal: AbortSignal) => fetchApiGatewayAccount(access, signal);
    const resources = await fetchAwsResources({ mwaa, ec2, lambda, getApiGatewayAccount });
    return resources.environments.length > 0
      ? resources
      : `MWAA has no environments in ${region} in this account: check the region and the credentials (--region, --profile).`;
  } catch (error) {
    return describeAwsError(error, region);
  } finally {
    mwaa.destroy();
    ec2.destroy();
    lambda.destroy();
  }
}

/**
 * Sends `GetAccount` of API Gateway, for which the AWS SDK would need another package.
 *
 * @throws TypeError if API Gateway cannot be reached; Error if it does not return the account
 */
async function fetchApiGatewayAccount({ region, credentials }: AwsAccess, signal: AbortSignal): Promise<unknown> {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const address = new URL(`https://apigateway.${region}.${suffix}/account`);
  const headers = { accept: 'application/json' };
  const response = await signedFetch(address, undefined, credentials, region, {
    headers,
    signal,
    service: 'apigateway',
  });
  if (!response.ok) throw new Error(`GetAccount of API Gateway returned ${response.status}: ${await response.text()}`);
  return response.json();
}
