import { type EC2Client, paginateDescribeSubnets, paginateDescribeVpcEndpoints } from '@aws-sdk/client-ec2';
import { GetEnvironmentCommand, type MWAAClient, paginateListEnvironments } from '@aws-sdk/client-mwaa';
import { z } from 'zod';
import { type Answers, endpointAnswer, environmentAnswer, subnetAnswer } from './answers.ts';
import { ANSWER_MS, isNotPermitted } from './aws-refusal.ts';

/** For each question. A signal of its own each: this SDK listens for one request alone at a signal. */
const inTime = () => ({ abortSignal: AbortSignal.timeout(ANSWER_MS) });

/**
 * Asks AWS for all environments of a region, the subnets they are in, and the endpoints of their VPCs. These last may be kept
 * from the caller: the rest is useful without them.
 *
 * @throws the error of the AWS SDK
 */
export async function askAws(mwaa: MWAAClient, ec2: EC2Client): Promise<Answers> {
  const names = await gathered(
    paginateListEnvironments({ client: mwaa }, {}, inTime()),
    ({ Environments }) => Environments,
  );
  const environments = await Promise.all(names.map((name) => environmentNamed(mwaa, name)));
  if (environments.length === 0) return { environments, subnets: [] };

  const ids = new Set(environments.flatMap(({ NetworkConfiguration }) => NetworkConfiguration.SubnetIds));
  const inEnvironments = { Filters: [{ Name: 'subnet-id', Values: [...ids] }] };
  const described = paginateDescribeSubnets({ client: ec2 }, inEnvironments, inTime());
  const subnets = z.array(subnetAnswer).parse(await gathered(described, ({ Subnets }) => Subnets));

  const vpcs = new Set(subnets.map(({ VpcId }) => VpcId));
  return { environments, subnets, endpoints: vpcs.size === 0 ? undefined : await endpointsOf(ec2, [...vpcs]) };
}

async function environmentNamed(mwaa: MWAAClient, name: string) {
  const { Environment } = await mwaa.send(new GetEnvironmentCommand({ Name: name }), inTime());
  return environmentAnswer.parse(Environment);
}

async function endpointsOf(ec2: EC2Client, vpcs: string[]): Promise<Answers['endpoints']> {
  const inVpcs = { Filters: [{ Name: 'vpc-id', Values: vpcs }] };
  try {
    const pages = paginateDescribeVpcEndpoints({ client: ec2 }, inVpcs, inTime());
    return z.array(endpointAnswer).parse(await gathered(pages, ({ VpcEndpoints }) => VpcEndpoints));
  } catch (error) {
    if (isNotPermitted(error)) return undefined;
    throw error;
  }
}

async function gathered<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(itemsOf(page) ?? []));
  return all;
}
