import { type EC2Client, paginateDescribeSubnets, paginateDescribeVpcEndpoints } from '@aws-sdk/client-ec2';
import { GetEnvironmentCommand, type MWAAClient, paginateListEnvironments } from '@aws-sdk/client-mwaa';
import { z } from 'zod';
import { type AwsResources, mwaaEnvironmentSchema, subnetSchema, vpcEndpointSchema } from './aws-resources.ts';
import { AWS_TIMEOUT_MS, isAccessDenied } from './describe-aws-error.ts';

/** For each question. A signal of its own each: this SDK listens for one request alone at a signal. */
const createTimeoutOptions = () => ({ abortSignal: AbortSignal.timeout(AWS_TIMEOUT_MS) });

/**
 * Asks AWS for all environments of a region, the subnets they are in, and the endpoints of their VPCs. These last may be kept
 * from the caller: the rest is useful without them.
 *
 * @throws the error of the AWS SDK
 */
export async function fetchAwsResources(mwaa: MWAAClient, ec2: EC2Client): Promise<AwsResources> {
  const names = await collectPages(
    paginateListEnvironments({ client: mwaa }, {}, createTimeoutOptions()),
    ({ Environments }) => Environments,
  );
  const environments = await Promise.all(names.map((name) => fetchEnvironment(mwaa, name)));
  if (environments.length === 0) return { environments, subnets: [] };

  const ids = new Set(environments.flatMap(({ NetworkConfiguration }) => NetworkConfiguration.SubnetIds));
  const inEnvironments = { Filters: [{ Name: 'subnet-id', Values: [...ids] }] };
  const described = paginateDescribeSubnets({ client: ec2 }, inEnvironments, createTimeoutOptions());
  const subnets = z.array(subnetSchema).parse(await collectPages(described, ({ Subnets }) => Subnets));

  const vpcs = new Set(subnets.map(({ VpcId }) => VpcId));
  return { environments, subnets, endpoints: vpcs.size === 0 ? undefined : await fetchVpcEndpoints(ec2, [...vpcs]) };
}

async function fetchEnvironment(mwaa: MWAAClient, name: string) {
  const { Environment } = await mwaa.send(new GetEnvironmentCommand({ Name: name }), createTimeoutOptions());
  return mwaaEnvironmentSchema.parse(Environment);
}

async function fetchVpcEndpoints(ec2: EC2Client, vpcs: string[]): Promise<AwsResources['endpoints']> {
  const inVpcs = { Filters: [{ Name: 'vpc-id', Values: vpcs }] };
  try {
    const pages = paginateDescribeVpcEndpoints({ client: ec2 }, inVpcs, createTimeoutOptions());
    return z.array(vpcEndpointSchema).parse(await collectPages(pages, ({ VpcEndpoints }) => VpcEndpoints));
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
}

async function collectPages<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(itemsOf(page) ?? []));
  return all;
}
