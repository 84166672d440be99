import { getPartition } from '../../../config/partition.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import {
  type AwsResources,
  type MwaaEnvironment,
  parseEnvironmentArn,
  type VpcEndpoint,
  type VpcSubnet,
} from './aws-resources.ts';
import { chooseConcurrency, chooseFunctionPolicies, chooseLogRole } from './choose-account-settings.ts';
import { chooseAirflowEndpointGroup, chooseWebServerGroup } from './choose-security-groups.ts';
import type { GeneratedConfig, GeneratedEnvironment } from './generated-config.ts';

/** Generates a configuration from AWS resources. Nothing is guessed: a comment takes the place of a value that is unknown. */
export function generateConfig(resources: AwsResources): GeneratedConfig {
  const [first] = resources.environments;
  if (first === undefined) throw new RangeError('there is no environment');
  const { region, account } = parseEnvironmentArn(first);
  const keys = new Set<string>();
  const environments = resources.environments.map((environment) => {
    const key = chooseKey(environment, keys);
    keys.add(key);
    return generateEnvironment(environment, key, resources, { region, account });
  });
  const isOwn = (environment: GeneratedEnvironment) =>
    environment.obstacles.length === 0 && environment.account === undefined && environment.region === undefined;
  const { accountConcurrency, concurrency } = chooseConcurrency(
    resources.accountLimit,
    environments.filter(isOwn).length,
  );
  return {
    region,
    account,
    partition: getPartition(region),
    accountConcurrency,
    functionPolicies: chooseFunctionPolicies(
      resources.environments.map((environment) => parseEnvironmentArn(environment).region),
    ),
    logRole: chooseLogRole(resources.apiGatewayAccount),
    environments: environments.map((environment) =>
      concurrency !== undefined && isOwn(environment) ? { ...environment, concurrency } : environment,
    ),
  };
}

/** Names are unique only within an account and region. */
function chooseKey(environment: MwaaEnvironment, usedKeys: ReadonlySet<string>): string {
  const { Name } = environment;
  const { region, account } = parseEnvironmentArn(environment);
  const suffixes = ['', `-${region}`, `-${account}-${region}`];
  const candidates = suffixes.map((suffix) => `${Name.slice(0, 80 - suffix.length)}${suffix}`);
  return candidates.find((key) => !usedKeys.has(key)) ?? Name;
}

/** @param defaults the region and account of the configuration */
function generateEnvironment(
  environment: MwaaEnvironment,
  key: string,
  { subnets, endpoints }: AwsResources,
  defaults: ReturnType<typeof parseEnvironmentArn>,
): GeneratedEnvironment {
  const { Name, AirflowVersion, NetworkConfiguration: network } = environment;
  const { region, account } = parseEnvironmentArn(environment);
  const ownSubnets = subnets.filter(({ SubnetId }) => network.SubnetIds.includes(SubnetId));
  const vpcs = [...new Set(ownSubnets.map(({ VpcId }) => VpcId))];
  const vpc = vpcs.length === 1 ? vpcs[0] : undefined;
  const vpcEndpoints = vpc === undefined ? undefined : endpoints?.filter((endpoint) => isUsable(endpoint, vpc));
  const vpcOwner = ownSubnets.find(({ OwnerId }) => OwnerId !== undefined && OwnerId !== account)?.OwnerId;
  return {
    key,
    obstacles: [
      ...findReleaseObstacles(AirflowVersion),
      ...(vpc === undefined ? [describeVpcObstacle(vpcs, network.SubnetIds)] : []),
      ...lookUpNote(ACCESS_OBSTACLES, environment.WebserverAccessMode),
      ...lookUpNote(STATUS_OBSTACLES, environment.Status),
    ],
    notes: [
      ...lookUpNote(STATUS_NOTES, environment.Status),
      ...lookUpNote(ACCESS_NOTES, environment.WebserverAccessMode),
      ...(vpcOwner === undefined ? [] : [describeSharedVpc(vpcOwner)]),
      ...describeSharedZones(ownSubnets),
    ],
    airflow: AirflowVersion,
    ...(key === Name ? {} : { mwaaName: Name }),
    ...(account === defaults.account ? {} : { account }),
    ...(region === defaults.region ? {} : { region }),
    network: {
      vpc,
      subnets: network.SubnetIds,
      webServer: chooseWebServerGroup(environment, vpcEndpoints),
      airflowEndpoint: chooseAirflowEndpointGroup(vpcEndpoints),
    },
  };
}

/** States of endpoints that accept no connections. Source: EC2's API reference, `VpcEndpoint`. */
const UNUSABLE_ENDPOINT_STATE = /^(delet|expired|failed|rejected)/i;

const isUsable = ({ VpcId, State = '' }: VpcEndpoint, vpc: string): boolean =>
  VpcId === vpc && !UNUSABLE_ENDPOINT_STATE.test(State);

const lookUpNote = (table: Readonly<Record<string, string>>, value = ''): string[] =>
  Object.hasOwn(table, value) ? [table[value] as string] : [];

function findReleaseObstacles(release: string): string[] {
  if (CATALOGS.releases().includes(release)) return [];
  return [
    `This version of mwaa-cli-proxy has no catalog of Airflow ${release}, so it cannot parse its commands (docs/releases.md). Check ` +
      'whether there is a newer version.',
  ];
}

function describeVpcObstacle(vpcs: readonly string[], subnets: readonly string[]): string {
  return vpcs.length === 0
    ? `It is unknown which VPC its subnets are in. Add the output of: aws ec2 describe-subnets --subnet-ids ${subnets.join(' ')}`
    : `Its subnets are in several VPCs: ${vpcs.join(', ')}.`;
}

const describeSharedVpc = (owner: string): string =>
  `Its VPC is shared by account ${owner}. If a security group below belongs to that account, set webServerIngress (and ` +
  'airflowEndpoint.ingress) to false: the deployment then prints the rule to add.';

/** An interface endpoint takes one subnet per zone. Lambda takes any. */
function describeSharedZones(subnets: readonly VpcSubnet[]): string[] {
  const zones = [...new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone))];
  return zones.flatMap((zone) => {
    const members = subnets.filter(({ AvailabilityZone }) => AvailabilityZone === zone);
    return zone === undefined || members.length === 1
      ? []
      : [
          `The subnets ${members.map(({ SubnetId }) => SubnetId).join(' and ')} are in the same zone (${zone}). An endpoint that the proxy ` +
            'creates takes one subnet per zone: then list only one of them.',
        ];
  });
}

const ACCESS_OBSTACLES = {
  PUBLIC_ONLY:
    'Its web server is public (PUBLIC_ONLY). The proxy supports only private web servers: its functions have no access to the internet.',
};

const ACCESS_NOTES = {
  PUBLIC_AND_PRIVATE:
    'Its web server is public and private. AWS does not document which of the two host names it returns with a token: if "mwaa doctor" ' +
    'reports that the web server cannot be reached, set webServerHostname to the private host name, which contains -vpce.',
};

/** Environments in all other states exist, or will exist again. Source: MWAA's API reference, `Environment`. */
const STATUS_OBSTACLES = {
  CREATE_FAILED: 'It could not be created (CREATE_FAILED).',
  DELETING: 'It is being deleted (DELETING).',
  DELETED: 'It is deleted (DELETED).',
};

const CHANGING_NOTE = 'Its release may change: run mwaa init again before you deploy.';

const STATUS_NOTES = {
  CREATING: 'It is being created (CREATING): its web server does not respond yet.',
  PENDING: 'It waits until you have created its VPC endpoints (PENDING): its web server does not respond yet.',
  UPDATING: `It is being updated (UPDATING). ${CHANGING_NOTE}`,
  CREATING_SNAPSHOT: `It is being updated (CREATING_SNAPSHOT). ${CHANGING_NOTE}`,
  ROLLING_BACK: `An update is being rolled back (ROLLING_BACK). ${CHANGING_NOTE}`,
  UNAVAILABLE: 'It is unstable (UNAVAILABLE): commands will fail until it is AVAILABLE again.',
};
