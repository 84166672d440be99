import { type EC2Client, paginateDescribeSubnets, paginateDescribeVpcEndpoints } from '@aws-sdk/client-ec2';
import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { GetEnvironmentCommand, type MWAAClient, paginateListEnvironments } from '@aws-sdk/client-mwaa';
import { z } from 'zod';
import {
  type AwsResources,
  accountLimitSchema,
  apiGatewayAccountSchema,
  mwaaEnvironmentSchema,
  subnetSchema,
  vpcEndpointSchema,
} from './aws-resources.ts';
import { AWS_TIMEOUT_MS, isAccessDenied } from './describe-aws-error.ts';

/** The clients of the services that are called. */
export interface AwsClients {
  readonly mwaa: MWAAClient;
  readonly ec2: EC2Client;
  readonly lambda: LambdaClient;
  /** Sends `GetAccount` to API Gateway. Returns the JSON value of the response. */
  readonly getApiGatewayAccount: (signal: AbortSignal) => Promise<unknown>;
}

/** Returns a new signal for each request, because the SDK supports only one request per signal. */
const createTimeoutOptions = () => ({ abortSignal: AbortSignal.timeout(AWS_TIMEOUT_MS) });

/**
 * Fetches all environments of a region, their subnets, the endpoints of their VPCs, and the settings of the account in Lambda and API
 * Gateway. The endpoints and the settings are undefined if the caller may not read them.
 *
 * @throws errors of the AWS SDK; ZodError
 */
export async function fetchAwsResources(clients: AwsClients): Promise<AwsResources> {
  const { mwaa, ec2 } = clients;
  const names = await collectPages(
    paginateListEnvironments({ client: mwaa }, {}, createTimeoutOptions()),
    ({ Environments }) => Environments,
  );
  const environments = await Promise.all(names.map((name) => fetchEnvironment(mwaa, name)));
  if (environments.length === 0) return { environments, subnets: [] };

  const subnetIds = new Set(environments.flatMap(({ NetworkConfiguration }) => NetworkConfiguration.SubnetIds));
  const filters = { Filters: [{ Name: 'subnet-id', Values: [...subnetIds] }] };
  const subnetPages = paginateDescribeSubnets({ client: ec2 }, filters, createTimeoutOptions());
  const subnets = z.array(subnetSchema).parse(await collectPages(subnetPages, ({ Subnets }) => Subnets));

  const vpcs = new Set(subnets.map(({ VpcId }) => VpcId));
  const [endpoints, accountLimit, apiGatewayAccount] = await Promise.all([
    vpcs.size === 0 ? undefined : fetchVpcEndpoints(ec2, [...vpcs]),
    // A comment takes the place of what is unknown, whatever the reason: some networks let only some services through.
    fetchAccountLimit(clients.lambda).catch(() => undefined),
    fetchApiGatewayAccount(clients).catch(() => undefined),
  ]);
  return { environments, subnets, endpoints, accountLimit, apiGatewayAccount };
}

async function fetchAccountLimit(lambda: LambdaClient) {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}), createTimeoutOptions());
  return accountLimitSchema.parse(AccountLimit);
}

async function fetchApiGatewayAccount({ getApiGatewayAccount }: AwsClients) {
  return apiGatewayAccountSchema.parse(await getApiGatewayAccount(AbortSignal.timeout(AWS_TIMEOUT_MS)));
}

async function fetchEnvironment(mwaa: MWAAClient, name: string) {
  const { Environment } = await mwaa.send(new GetEnvironmentCommand({ Name: name }), createTimeoutOptions());
  return mwaaEnvironmentSchema.parse(Environment);
}

async function fetchVpcEndpoints(ec2: EC2Client, vpcs: string[]): Promise<AwsResources['endpoints']> {
  const filters = { Filters: [{ Name: 'vpc-id', Values: vpcs }] };
  try {
    const pages = paginateDescribeVpcEndpoints({ client: ec2 }, filters, createTimeoutOptions());
    return z.array(vpcEndpointSchema).parse(await collectPages(pages, ({ VpcEndpoints }) => VpcEndpoints));
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
}

async function collectPages<Page, Item>(
  pages: AsyncIterable<Page>,
  getItems: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(getItems(page) ?? []));
  return all;
}
