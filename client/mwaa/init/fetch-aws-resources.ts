import { type EC2Client, paginateDescribeSubnets, paginateDescribeVpcEndpoints } from '@aws-sdk/client-ec2';
import { GetEnvironmentCommand, type MWAAClient, paginateListEnvironments } from '@aws-sdk/client-mwaa';
import { z } from 'zod';
import { type AwsResources, mwaaEnvironmentSchema, subnetSchema, vpcEndpointSchema } from './aws-resources.ts';
import { AWS_TIMEOUT_MS, isAccessDenied } from './describe-aws-error.ts';

/** Returns a new signal for each request, because the SDK supports only one request per signal. */
const createTimeoutOptions = () => ({ abortSignal: AbortSignal.timeout(AWS_TIMEOUT_MS) });

/**
 * Fetches all environments of a region, their subnets, and the endpoints of their VPCs. The endpoints are undefined if the caller may
 * not list them.
 *
 * @throws errors of the AWS SDK; ZodError
 */
export async function fetchAwsResources(mwaa: MWAAClient, ec2: EC2Client): Promise<AwsResources> {
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
  return { environments, subnets, endpoints: vpcs.size === 0 ? undefined : await fetchVpcEndpoints(ec2, [...vpcs]) };
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
