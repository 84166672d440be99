import { getPartition } from '../../../config/partition.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { type AwsResources, type MwaaEnvironment, parseEnvironmentArn, type VpcEndpoint } from './aws-resources.ts';

/** A configuration to begin with. */
export interface GeneratedConfig {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  readonly environments: readonly GeneratedEnvironment[];
}

/** One environment of it. */
export interface GeneratedEnvironment {
  /** Its key in the file: MWAA's own name, unless another environment has it already. */
  readonly key: string;
  /** Why it cannot stand in the file as it is. Empty: it can. */
  readonly obstacles: readonly string[];
  /** What a reader of the file must know of it. */
  readonly notes: readonly string[];
  readonly airflow: string;
  /** These three where they differ from the key and the file. */
  readonly mwaaName?: string;
  readonly account?: string;
  readonly region?: string;
  readonly network: GeneratedNetwork;
}

export interface GeneratedNetwork {
  /** Undefined: no answer says it. */
  readonly vpc: string | undefined;
  readonly subnets: readonly string[];
  readonly webServer: SecurityGroupChoice;
  readonly airflowEndpoint: SecurityGroupChoice;
}

/** A security group, and how it was found or what to do about it. */
export interface SecurityGroupChoice {
  readonly securityGroup?: string;
  readonly notes: readonly string[];
}

/** From what AWS says to a configuration. Nothing is made up: what no answer has is a note in its place. */
export function generateConfig(answers: AwsResources): GeneratedConfig {
  const [first] = answers.environments;
  if (first === undefined) throw new RangeError('there is no environment');
  const { region, account } = parseEnvironmentArn(first);
  const keys = new Set<string>();
  const environments = answers.environments.map((environment) => {
    const key = chooseKey(environment, keys);
    keys.add(key);
    return generateEnvironment(environment, key, answers, { region, account });
  });
  return { region, account, partition: getPartition(region), environments };
}

/** The name is unique in an account and region only. */
function chooseKey(environment: MwaaEnvironment, taken: ReadonlySet<string>): string {
  const { Name } = environment;
  const { region, account } = parseEnvironmentArn(environment);
  const keys = ['', `-${region}`, `-${account}-${region}`].map((end) => `${Name.slice(0, 80 - end.length)}${end}`);
  return keys.find((key) => !taken.has(key)) ?? Name;
}

function generateEnvironment(
  environment: MwaaEnvironment,
  key: string,
  { subnets, endpoints }: AwsResources,
  file: ReturnType<typeof parseEnvironmentArn>,
): GeneratedEnvironment {
  const { Name, AirflowVersion, NetworkConfiguration: network } = environment;
  const { region, account } = parseEnvironmentArn(environment);
  const own = subnets.filter(({ SubnetId }) => network.SubnetIds.includes(SubnetId));
  const vpcs = [...new Set(own.map(({ VpcId }) => VpcId))];
  const vpc = vpcs.length === 1 ? vpcs[0] : undefined;
  const there =
    vpc === undefined
      ? undefined
      : endpoints?.filter(({ VpcId, State }) => VpcId === vpc && !GONE_ENDPOINT_STATE.test(State ?? ''));
  const owner = own.find(({ OwnerId }) => OwnerId !== undefined && OwnerId !== account)?.OwnerId;
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
      ...(owner === undefined
        ? []
        : [
            `Its VPC is shared by account ${owner}. Where a group here is that account's, set webServerIngress (and ` +
              'airflowEndpoint.ingress) to false: the deployment then says which rule to add.',
          ]),
    ],
    airflow: AirflowVersion,
    ...(key === Name ? {} : { mwaaName: Name }),
    ...(account === file.account ? {} : { account }),
    ...(region === file.region ? {} : { region }),
    network: {
      vpc,
      subnets: network.SubnetIds,
      webServer: chooseWebServerGroup(environment, there),
      airflowEndpoint: chooseAirflowEndpointGroup(there),
    },
  };
}

/** States in which an endpoint lets nobody through. Source: EC2's API reference, `VpcEndpoint`. */
const GONE_ENDPOINT_STATE = /^(delet|expired|failed|rejected)/i;

const lookUpNote = (table: Readonly<Record<string, string>>, value = ''): string[] =>
  Object.hasOwn(table, value) ? [table[value] as string] : [];

function findReleaseObstacles(release: string): string[] {
  if (CATALOGS.releases().includes(release)) return [];
  return [
    `Airflow ${release} has no command tree here (docs/releases.md), so its commands cannot be read. A later version of mwaa-cli-proxy may have it.`,
  ];
}

function describeVpcObstacle(vpcs: readonly string[], subnets: readonly string[]): string {
  return vpcs.length === 0
    ? `No answer says which VPC its subnets are in: aws ec2 describe-subnets --subnet-ids ${subnets.join(' ')}`
    : `Its subnets are in several VPCs, by the answers: ${vpcs.join(', ')}.`;
}

const ACCESS_OBSTACLES = {
  PUBLIC_ONLY:
    'Its web server is public (PUBLIC_ONLY). The proxy is for private ones: its functions have no way to the internet.',
};

const ACCESS_NOTES = {
  PUBLIC_AND_PRIVATE:
    'Its web server is public and private. AWS does not say which of the two hosts comes with a token: where "mwaa doctor" says ' +
    'that it cannot be reached, set webServerHostname to the private one, which has -vpce in its name.',
};

/** An environment in any other state is there, or will be again. Source: MWAA's API reference, `Environment`. */
const STATUS_OBSTACLES = {
  CREATE_FAILED: 'It could not be created (CREATE_FAILED).',
  DELETING: 'It is being deleted (DELETING).',
  DELETED: 'It is deleted (DELETED).',
};

const CHANGING_NOTE = 'Its release may be another one afterwards: ask again before you deploy.';

const STATUS_NOTES = {
  CREATING: 'It is being created (CREATING): nothing answers yet.',
  PENDING: 'It waits for its VPC endpoints, which you are to create (PENDING): nothing answers yet.',
  UPDATING: `It is being updated (UPDATING). ${CHANGING_NOTE}`,
  CREATING_SNAPSHOT: `It is being updated (CREATING_SNAPSHOT). ${CHANGING_NOTE}`,
  ROLLING_BACK: `An update is being taken back (ROLLING_BACK). ${CHANGING_NOTE}`,
  UNAVAILABLE: 'It is not stable (UNAVAILABLE): commands will fail until AWS or you have mended it.',
};

/**
 * MWAA puts the environment's groups on the endpoint of a private web server. Who manages endpoints themselves may have chosen
 * others, so the endpoint's own groups count where they are known.
 * Sources: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html and vpc-endpoint-management.html; that the groups
 * are the environment's is read from the former, which speaks of rules on them for the web server.
 */
function chooseWebServerGroup(
  { WebserverVpcEndpointService: service, EndpointManagement, NetworkConfiguration: network }: MwaaEnvironment,
  endpoints: readonly VpcEndpoint[] | undefined,
): SecurityGroupChoice {
  const endpoint = endpoints?.find(({ ServiceName }) => ServiceName === service);
  if (endpoint?.Groups.length)
    return groupFromEndpoint(endpoint, `Of the web server's endpoint, ${endpoint.VpcEndpointId}.`);
  const [securityGroup = '', ...others] = network.SecurityGroupIds;
  const unsure =
    EndpointManagement === 'CUSTOMER'
      ? [
          'The first of the environment. You manage its endpoints yourselves: check that this group is on the one for the web server' +
            (service === undefined ? '.' : ` (service ${service}).`),
        ]
      : [];
  return { securityGroup, notes: [...unsure, ...describeOtherGroups(others)] };
}

/** The one of AWS that the token comes by. In China its name has a `cn.` before the rest. */
const AIRFLOW_ENV_SERVICE = /(^|\.)com\.amazonaws\.[a-z0-9-]+\.airflow\.env$/;

function chooseAirflowEndpointGroup(endpoints: readonly VpcEndpoint[] | undefined): SecurityGroupChoice {
  const known =
    endpoints?.filter(({ ServiceName, Groups }) => AIRFLOW_ENV_SERVICE.test(ServiceName) && Groups.length > 0) ?? [];
  const endpoint = known.find(({ PrivateDnsEnabled }) => PrivateDnsEnabled) ?? known[0];
  if (endpoint) {
    const { VpcEndpointId, PrivateDnsEnabled } = endpoint;
    const dns = PrivateDnsEnabled === false ? ' It has no private DNS: switch that on, or nothing leads to it.' : '';
    return groupFromEndpoint(endpoint, `Of the endpoint for airflow.env, ${VpcEndpointId}.${dns}`);
  }
  const missing = endpoints
    ? 'The VPC has no endpoint for airflow.env, which tokens come by.'
    : 'Tokens come by the endpoint for airflow.env, and it is not known here whether the VPC has one.';
  return { notes: [`${missing} Without it no command can be run. Name its group, or have one made, open to the VPC:`] };
}

function groupFromEndpoint({ Groups }: VpcEndpoint, note: string): SecurityGroupChoice {
  const [securityGroup = '', ...others] = Groups.map(({ GroupId }) => GroupId);
  return { securityGroup, notes: [note, ...describeOtherGroups(others)] };
}

/** A rule in one of the groups lets in, whatever the others say. */
const describeOtherGroups = (others: readonly string[]): string[] =>
  others.length === 0 ? [] : [`The first of several; any of them will do. The others: ${others.join(', ')}.`];
