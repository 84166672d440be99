import { coversEnvironment, formatGrantRules, selectActiveGrants, selectGrantsOfAny } from './active-grants.ts';
import type { ConfigDraft, ConfigGrant, EnvironmentDraft, EventConfig } from './config-types.ts';
import { measureResourcePolicy } from './measure-resource-policy.ts';

/** What is deployed to one account and region. */
export interface QuotaInput {
  readonly region: string;
  readonly api: ConfigDraft['api'];
  /** Disabled environments too, because they keep their interface endpoints. */
  readonly environments: Readonly<Record<string, EnvironmentDraft>>;
  /** The names of the environments that are not disabled. */
  readonly enabled: readonly string[];
  /** The number of enabled environments in the same account, in any region. */
  readonly enabledInAccount: number;
  /** The number of those that offer the REST API. */
  readonly restInAccount: number;
  /** Undefined if it is known only at deployment. */
  readonly account: string | undefined;
  readonly grants: readonly ConfigGrant[];
  readonly deployments: ConfigDraft['deployments'];
  /** Those of these environments, by name. Disabled events too, because they keep their queues. */
  readonly events: Readonly<Record<string, EventConfig>>;
  /** The number of enabled environments with events, in the same account. */
  readonly eventEnvironmentsInAccount: number;
  readonly alarmTopics: readonly string[];
  /** The concurrency that Lambda allows this account in this region. Undefined if it is unknown. */
  readonly accountConcurrency: number | undefined;
}

/** How much of a quota something needs. */
export interface QuotaUse {
  readonly count: number;
  /** What needs it, with its verb, such as `60 environments in eu-west-1 need`. */
  readonly subject: string;
  /** The value of the configuration to change. */
  readonly path: readonly (string | number)[];
  /** The quota of this account, if the configuration contains it. */
  readonly limit?: number;
}

/** A quota of an AWS service, and how much of it a configuration needs. */
export interface Quota {
  /** Follows a number: `resources in one CloudFormation stack`. */
  readonly name: string;
  readonly limit: number;
  /** Regions with another default. */
  readonly regionLimits?: Readonly<Record<string, number>>;
  /** True if AWS raises the quota on request. Then a configuration that exceeds it causes a warning instead of an error. */
  readonly adjustable: boolean;
  /** The page of the AWS documentation, and the name of the quota on it. */
  readonly source: string;
  /** The arithmetic of `measure`, in words. `E`: the number of enabled environments. */
  readonly formula: string;
  readonly measure: (input: QuotaInput) => readonly QuotaUse[];
  /** What to do if the quota is exceeded: one sentence. */
  readonly remedy: string;
}

/** What each enabled environment adds, and what exists without any. `test/infra/stack-quotas.test.ts` compares them with templates. */
export const COUNTS = {
  /** Security group and two rules that allow it, role, function, its policy and asynchronous settings, schedule, eight alarms. */
  environmentResources: 16,
  /** What the REST API adds to an environment: role, function, its policy, two alarms. */
  restResources: 5,
  /** The nested stack. */
  environmentOuterResources: 1,
  /** The API, the front, the authorizer, and their monitoring. */
  outerResources: 80,
  /** What the first environment with the REST API adds to the outer stack. */
  restOuterResources: 6,
  /** Log group, role, function, its policy, an alarm, and a saved query for all events. */
  eventsResources: 6,
  /** Rule, two queues with their policies, mapping, four alarms. */
  eventResources: 10,
  /** What events add to an environment: role, function, and its policy. */
  eventRelayResources: 3,
  /** A security group and an endpoint for `airflow.env` or `execute-api`. */
  endpointResources: 2,
  /** `environments`, `{environment}`, `cli`, `health`, `commands`, `explain`, and the root or `oidc`. */
  apiResourcesPerBranch: 8,
  /** `api` and `{path+}`. */
  restApiResourcesPerBranch: 2,
  /** URL, ARNs to allow, three log groups, and the target of a custom domain. */
  outerOutputs: 8,
  /** Another log group. */
  eventsOutputs: 1,
  /** The roles of the front, the authorizer, and API Gateway. */
  outerRoles: 3,
  environmentAlarms: 8,
  restAlarms: 2,
  outerAlarms: 5,
  eventsAlarms: 1,
  eventAlarms: 4,
  /** That of the events function. */
  eventsRoles: 1,
  /** Rounded up. Graphs search for the metrics of all environments. */
  dashboardWidgets: 20,
  /** Rounded up, for the outer stack and for a nested stack. */
  stackParameters: 20,
  /** Bytes of the outer template, and what each environment and each created endpoint adds to it. */
  outerTemplateBytes: 65_000,
  environmentOuterTemplateBytes: 1_400,
  endpointTemplateBytes: 2_500,
  /** Bytes of the template of an environment without its grants, and what each rule adds to its own length. */
  environmentTemplateBytes: 20_000,
  restTemplateBytes: 8_000,
  ruleTemplateBytes: 30,
  /** Bytes of the outer template for the events function, and for each event, without its pattern. */
  eventsTemplateBytes: 8_000,
  eventTemplateBytes: 15_000,
  eventRelayTemplateBytes: 8_000,
  /** Rounded up, for the function with the largest policies. */
  functionPolicyBytes: 2_000,
  /** With eight roles of 600 characters. */
  queuePolicyBytes: 7_500,
  rolePolicyCharacters: 2_000,
  variablesBytes: 200,
  /** What Lambda keeps for functions without reserved concurrency. */
  unreservedConcurrency: 100,
  /** The code of the front, and the catalogs and REST operations of all releases, unpacked, rounded up. */
  frontBytes: 2_000_000,
  /** A position in a list of grants, with its comma. */
  positionBytes: 8,
} as const;

const SEPARATE_FILE = 'Put some environments in a separate file, with another stackName';
const SEPARATE_REGION_OR_ACCOUNT = 'Put some environments in a separate file, with another account or region';

/** The quotas that a configuration can exceed, all in one place. */
export const QUOTAS: readonly Quota[] = [
  {
    name: 'resources in one CloudFormation stack',
    limit: 500,
    adjustable: false,
    source: 'CloudFormation quotas, "Resources"',
    formula:
      '80 for API, front, and authorizer, 86 if an environment has rest + 1 × E for nested stacks + 2 × created endpoints + 6 for events + 10 × events',
    measure: (input) => [
      byEnvironments(
        input,
        countOuterResources(input) +
          countEventResources(input) +
          COUNTS.environmentOuterResources * input.enabled.length +
          COUNTS.endpointResources * countCreatedEndpoints(input),
      ),
    ],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'resources in one CloudFormation operation, with nested stacks',
    limit: 2500,
    adjustable: false,
    source: 'CloudFormation quotas, "Nested stack operations"',
    formula:
      'resources of the outer stack + 16 × E in nested stacks + 5 × environments with rest + 3 × environments with events',
    measure: (input) => [
      byEnvironments(
        input,
        countOuterResources(input) +
          countEventResources(input) +
          COUNTS.eventRelayResources * countEventEnvironments(input) +
          (COUNTS.environmentOuterResources + COUNTS.environmentResources) * input.enabled.length +
          COUNTS.restResources * countRest(input) +
          COUNTS.endpointResources * countCreatedEndpoints(input),
      ),
    ],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'outputs of one CloudFormation stack',
    limit: 200,
    adjustable: false,
    source: 'CloudFormation quotas, "Outputs"',
    formula: '8, with events 9 + the inbound rules that other teams must add + the endpoints of a private API',
    measure: (input) => [
      byEnvironments(
        input,
        COUNTS.outerOutputs +
          (countEvents(input) > 0 ? COUNTS.eventsOutputs : 0) +
          input.enabled.flatMap((name) => listExternalRules(input, name)).length +
          countApiEndpoints(input),
      ),
    ],
    remedy: `Let the deployment add the inbound rules (webServerIngress: true). ${SEPARATE_FILE}`,
  },
  {
    name: 'bytes of one CloudFormation template',
    limit: 1_000_000,
    adjustable: false,
    source: 'CloudFormation quotas, "Template body size in an Amazon S3 object"',
    formula:
      'outer stack: 65,000 + 1,400 × E + 2,500 × created endpoints + 8,000 for events + (15,000 + twice its pattern) for each event; ' +
      'environment: 20,000, with rest 28,000, 8,000 more with events + (30 + its length) for each rule',
    measure: measureTemplates,
    remedy: `Combine rules with * or sets like "@read", and callers with *. ${SEPARATE_FILE}`,
  },
  {
    name: 'resources (path segments) in one API',
    limit: 300,
    adjustable: true,
    source: 'API Gateway quotas, "Resources per API"',
    formula: '8, or 16 with api.oidc, for any E; 10, or 20, if an environment has rest',
    measure: (input) => {
      const restResources = countRest(input) > 0 ? COUNTS.restApiResourcesPerBranch : 0;
      const branches = input.api?.oidc === undefined ? 1 : 2;
      return [byEnvironments(input, (COUNTS.apiResourcesPerBranch + restResources) * branches)];
    },
    remedy: SEPARATE_FILE,
  },
  {
    name: 'rules on one EventBridge event bus',
    limit: 300,
    regionLimits: { 'af-south-1': 100, 'eu-south-1': 100 },
    adjustable: true,
    source: 'EventBridge quotas, "Number of rules"',
    formula:
      'default bus: 1 × E + its events; other buses: their events; the limit is 100 in af-south-1 and eu-south-1',
    measure: measureRules,
    remedy: SEPARATE_REGION_OR_ACCOUNT,
  },
  {
    name: 'characters in one event pattern',
    limit: 2048,
    adjustable: true,
    source: 'EventBridge quotas, "Event pattern size"',
    formula: 'pattern of the event, as JSON',
    measure: ({ events }) =>
      Object.entries(events).map(([name, { pattern }]) => ({
        count: pattern === undefined ? 0 : JSON.stringify(pattern).length,
        subject: `the event ${name} needs`,
        path: ['events', name, 'pattern'],
      })),
    remedy: 'Split it into several events',
  },
  {
    name: 'bytes in the policy of one queue',
    limit: 8192,
    adjustable: false,
    source: 'SQS Developer Guide, "Amazon SQS policy quotas"',
    formula: '7,500, for any E: one rule, the most roles that operations.redriveRoles can have, and everybody else',
    measure: (input) =>
      Object.keys(input.events).length === 0 ? [] : [byEnvironments(input, COUNTS.queuePolicyBytes)],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'alarms in one region',
    limit: 5000,
    adjustable: true,
    source: 'CloudWatch quotas, "Alarms"',
    formula: '5 + 8 × E + 2 × environments with rest + 1 for events + 4 × events',
    measure: (input) => [
      byEnvironments(
        input,
        COUNTS.outerAlarms +
          COUNTS.environmentAlarms * input.enabled.length +
          COUNTS.restAlarms * countRest(input) +
          (countEvents(input) > 0 ? COUNTS.eventsAlarms : 0) +
          COUNTS.eventAlarms * countEvents(input),
      ),
    ],
    remedy: SEPARATE_REGION_OR_ACCOUNT,
  },
  {
    name: 'topics for one alarm',
    limit: 5,
    adjustable: false,
    source: 'CloudWatch quotas, "Alarm actions"',
    formula: 'operations.alarmTopics',
    measure: ({ alarmTopics }) => [
      { count: alarmTopics.length, subject: 'the alarms need', path: ['operations', 'alarmTopics'] },
    ],
    remedy: 'Use one topic with several subscriptions',
  },
  {
    name: 'widgets on one dashboard',
    limit: 500,
    adjustable: false,
    source: 'CloudWatch quotas, "Dashboards"',
    formula: '20, for any E',
    measure: (input) => [byEnvironments(input, COUNTS.dashboardWidgets)],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'parameters of one CloudFormation stack',
    limit: 200,
    adjustable: false,
    source: 'CloudFormation quotas, "Parameters"',
    formula: '20, for any E',
    measure: (input) => [byEnvironments(input, COUNTS.stackParameters)],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'roles in one account',
    limit: 1000,
    adjustable: true,
    source: 'IAM quotas, "Roles in an account"',
    formula:
      '3, with events 4 + 1 × the enabled environments in all regions of the account, and 1 more for each with rest, and for each with events',
    measure: (input) => [
      {
        count:
          COUNTS.outerRoles +
          (countEvents(input) > 0 ? COUNTS.eventsRoles : 0) +
          input.enabledInAccount +
          input.restInAccount +
          input.eventEnvironmentsInAccount,
        subject: `${input.enabledInAccount} environments in one account need`,
        path: ['environments'],
      },
    ],
    remedy: 'Put some environments in a separate file, with another account',
  },
  {
    name: 'security groups in one region',
    limit: 2500,
    adjustable: true,
    source: 'Amazon VPC quotas, "VPC security groups per Region"',
    formula: '1 × E + 1 × created endpoints',
    measure: (input) => [byEnvironments(input, input.enabled.length + countCreatedEndpoints(input))],
    remedy: SEPARATE_REGION_OR_ACCOUNT,
  },
  {
    name: 'inbound rules in one security group',
    limit: 60,
    adjustable: true,
    source: 'Amazon VPC quotas, "Inbound or outbound rules per security group"',
    formula:
      'per security group: the enabled environments that connect to it; or the CIDR blocks of a created endpoint',
    measure: (input) => [...measureSharedGroups(input), ...measureEndpointGroups(input)],
    remedy:
      'Use several security groups, or set webServerIngress (and airflowEndpoint.ingress) to false and add one rule for the ' +
      'subnets of the relays',
  },
  {
    name: 'network interfaces of Lambda functions in one VPC',
    limit: 250,
    adjustable: true,
    source: 'Lambda quotas, "Elastic network interfaces per VPC"',
    formula: 'per VPC: the subnets of each enabled environment, because each relay has its own security group',
    measure: measureNetworkInterfaces,
    remedy: 'Use fewer subnets for each environment',
  },
  {
    name: 'subnets of one function',
    limit: 16,
    adjustable: false,
    source: 'Lambda API reference, "VpcConfig"',
    formula: 'vpc.subnets of the environment',
    measure: ({ enabled, environments }) =>
      enabled.map((name) => ({
        count: environments[name]?.vpc.subnets.length ?? 0,
        subject: `the relay of ${name} needs`,
        path: ['environments', name, 'vpc', 'subnets'],
      })),
    remedy: 'List two or three subnets in different availability zones',
  },
  {
    name: 'interface endpoints in one VPC',
    limit: 50,
    adjustable: true,
    source: 'Amazon VPC quotas, "Interface and Gateway Load Balancer endpoints per VPC"',
    formula: '2 at most, for any E: airflow.env and execute-api',
    measure: (input) => [byEnvironments(input, 2)],
    remedy: 'Use existing endpoints',
  },
  {
    name: 'characters in the resource policy of the API',
    limit: 8192,
    adjustable: false,
    source: 'API Gateway quotas, "Length, in characters, of API Gateway resource policy"',
    formula: 'the policy with the callers of api.callers, or with those that grants name',
    measure: measurePolicy,
    remedy: 'Name accounts or an organization in api.callers instead, or combine roles with *',
  },
  {
    name: 'bytes in the resource policy of one function',
    limit: 20 * 1024,
    adjustable: false,
    source: 'Lambda quotas, "Resource-based policy"',
    formula: '2,000, for any E: one service, one role, and everybody else',
    measure: (input) => [byEnvironments(input, COUNTS.functionPolicyBytes)],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'characters in the inline policies of one role',
    limit: 10_240,
    adjustable: false,
    source: 'IAM quotas, "Role aggregate policy size"',
    formula: '2,000, for any E: the front may call all functions whose name has the prefix of the deployment',
    measure: (input) => [byEnvironments(input, COUNTS.rolePolicyCharacters)],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'bytes of environment variables of one function',
    limit: 4 * 1024,
    adjustable: false,
    source: 'Lambda quotas, "Environment variables"',
    formula: '200, for any E: the ID and stage of the API. Everything else is in a data file',
    measure: (input) => [byEnvironments(input, COUNTS.variablesBytes)],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'bytes of code and data in one function',
    limit: 250_000_000,
    adjustable: false,
    source: 'Lambda quotas, "Deployment package (.zip file archive) size", unzipped',
    formula:
      'front: 2,000,000 for code, catalogs and operations + the active grants, each once. The other functions have less',
    measure: (input) => [{ ...byEnvironments(input, COUNTS.frontBytes + measureGrants(input)), path: ['grants'] }],
    remedy: `Combine rules with * or sets like "@read". ${SEPARATE_FILE}`,
  },
  {
    name: 'of the concurrency of the account',
    limit: 1000,
    adjustable: true,
    source: 'Lambda quotas, "Concurrent executions"; Lambda developer guide, "Configuring reserved concurrency"',
    formula:
      'concurrency of each enabled environment, with rest also restConcurrency, with events also eventConcurrency + api.oidc.concurrency + 1 for each deployment + 100, which Lambda keeps for all other functions',
    measure: measureConcurrency,
    remedy:
      'Lower concurrency or restConcurrency, set it to unreserved (docs/deploying.md), or ask AWS to raise the quota "Concurrent executions" and set ' +
      'accountConcurrency to the new value',
  },
];

/** The use of a quota that follows from the number of environments. */
function byEnvironments({ region, enabled }: QuotaInput, count: number): QuotaUse {
  const subject = enabled.length === 1 ? 'one environment' : `${enabled.length} environments`;
  return { count, subject: `${subject} in ${region} need`, path: ['environments'] };
}

/** The outer template, and the template of each environment, which lists its grants. */
function measureTemplates(input: QuotaInput): QuotaUse[] {
  const { grants, enabled } = input;
  const outerBytes =
    COUNTS.outerTemplateBytes +
    COUNTS.environmentOuterTemplateBytes * enabled.length +
    COUNTS.endpointTemplateBytes * countCreatedEndpoints(input) +
    measureEventTemplates(input);
  const ruleBytes = (name: string) =>
    formatGrantRules(selectActiveGrants({ grants }, name))
      .map((rule) => COUNTS.ruleTemplateBytes + JSON.stringify(rule).length)
      .reduce((sum, bytes) => sum + bytes, 0);
  return [
    byEnvironments(input, outerBytes),
    ...enabled.map((name) => ({
      count:
        COUNTS.environmentTemplateBytes +
        (input.environments[name]!.rest ? COUNTS.restTemplateBytes : 0) +
        (hasEvents(input, name) ? COUNTS.eventRelayTemplateBytes : 0) +
        ruleBytes(name),
      subject: `the grants of ${name} need`,
      path: ['grants'],
    })),
  ];
}

const countOuterResources = (input: QuotaInput): number =>
  COUNTS.outerResources + (countRest(input) > 0 ? COUNTS.restOuterResources : 0);

/** How many enabled environments offer the REST API. */
const countRest = ({ enabled, environments }: QuotaInput): number =>
  enabled.filter((name) => environments[name]?.rest).length;

const countEvents = ({ events }: QuotaInput): number => Object.keys(events).length;

const countEventResources = (input: QuotaInput): number =>
  countEvents(input) === 0 ? 0 : COUNTS.eventsResources + COUNTS.eventResources * countEvents(input);

/** Whether an environment has events, disabled ones included, and so an event relay. */
const hasEvents = ({ events }: QuotaInput, environment: string): boolean =>
  Object.values(events).some((event) => event.environment === environment);

const countEventEnvironments = (input: QuotaInput): number =>
  input.enabled.filter((name) => hasEvents(input, name)).length;

/** The template has each pattern once, with quotes that are escaped if the template is part of another text. */
const measureEventTemplates = ({ events }: QuotaInput): number =>
  Object.values(events)
    .map(({ pattern = {} }) => COUNTS.eventTemplateBytes + 2 * JSON.stringify(pattern).length)
    .reduce((sum, bytes) => sum + bytes, Object.keys(events).length === 0 ? 0 : COUNTS.eventsTemplateBytes);

const DEFAULT_BUS = 'default';

/** The rules on each bus. The schedules of the health checks are on the default bus. */
function measureRules(input: QuotaInput): QuotaUse[] {
  const buses = Object.values(input.events).map(({ bus = DEFAULT_BUS }) => bus);
  const count = (bus: string) => buses.filter((other) => other === bus).length;
  return [
    byEnvironments(input, input.enabled.length + count(DEFAULT_BUS)),
    ...[...new Set(buses)]
      .filter((bus) => bus !== DEFAULT_BUS)
      .map((bus) => ({ count: count(bus), subject: `the events on the bus ${bus} need`, path: ['events'] })),
  ];
}

/** The `airflow.env` endpoints, one per VPC, and the `execute-api` endpoint. */
function countCreatedEndpoints({ api, environments }: QuotaInput): number {
  const creators = Object.values(environments).filter(({ vpc }) => vpc.airflowEndpoint?.create !== undefined);
  const vpcs = new Set(creators.map(({ vpc }) => JSON.stringify(vpc.id)));
  return vpcs.size + (api?.vpcEndpoint?.create === undefined ? 0 : 1);
}

/** The inbound rules that another team adds to its security groups, because the configuration says so. */
function listExternalRules({ environments }: QuotaInput, name: string): string[] {
  const { webServerIngress = true, airflowEndpoint } = environments[name]?.vpc ?? {};
  return [...(webServerIngress ? [] : ['web-server']), ...(airflowEndpoint?.ingress === false ? ['airflow-env'] : [])];
}

/** The endpoints of a private API, each of which has an output with the address through it. */
const countApiEndpoints = ({ api }: QuotaInput): number =>
  api?.vpcEndpoint === undefined ? 0 : (api.vpcEndpoint.ids?.length ?? 1);

/** The rules that the deployment adds to existing security groups, by group. Rules that the group has already are unknown. */
function measureSharedGroups({ environments, enabled }: QuotaInput): QuotaUse[] {
  const users = new Map<string, { names: string[]; path: QuotaUse['path']; group: string }>();
  for (const name of enabled) {
    const { webServerSecurityGroup, webServerIngress, airflowEndpoint } = environments[name]!.vpc;
    const groups = new Map([
      ...(webServerIngress ? [[formatGroup(webServerSecurityGroup), ['webServerSecurityGroup']] as const] : []),
      ...(airflowEndpoint?.securityGroup !== undefined && airflowEndpoint.ingress
        ? [[formatGroup(airflowEndpoint.securityGroup), ['airflowEndpoint', 'securityGroup']] as const]
        : []),
    ]);
    for (const [group, keys] of groups) {
      const use = users.get(group) ?? { names: [], path: ['environments', name, 'vpc', ...keys], group };
      users.set(group, { ...use, names: [...use.names, name] });
    }
  }
  return [...users.values()].map(({ names, path, group }) => ({
    count: names.length,
    subject: `${names.length} environments use the security group ${group} and need`,
    path,
  }));
}

const formatGroup = (group: EnvironmentDraft['vpc']['webServerSecurityGroup']): string =>
  typeof group === 'string' ? group : group.export;

/** The rules of the security groups of created endpoints, one for each CIDR block. */
function measureEndpointGroups({ api, environments }: QuotaInput): QuotaUse[] {
  const apiCreate = api?.vpcEndpoint?.create;
  const creators = Object.entries(environments).flatMap(([name, { vpc }]) =>
    vpc.airflowEndpoint?.create === undefined
      ? []
      : [{ path: ['environments', name, 'vpc', 'airflowEndpoint', 'create', 'cidrs'], ...vpc.airflowEndpoint.create }],
  );
  return [
    ...creators,
    ...(apiCreate === undefined ? [] : [{ path: ['api', 'vpcEndpoint', 'create', 'cidrs'], ...apiCreate }]),
  ].map(({ path, cidrs }) => ({ count: cidrs.length, subject: 'the endpoint needs', path }));
}

/** Lambda creates one network interface for each subnet and security group. */
function measureNetworkInterfaces({ environments, enabled }: QuotaInput): QuotaUse[] {
  const getVpc = (name: string) => JSON.stringify(environments[name]!.vpc.id);
  const vpcs = [...new Set(enabled.map(getVpc))];
  return vpcs
    .map((vpc) => enabled.filter((name) => getVpc(name) === vpc))
    .map((names) => ({
      count: names.reduce((count, name) => count + environments[name]!.vpc.subnets.length, 0),
      subject: `the relays of ${names.length} environments in one VPC need`,
      path: ['environments'],
    }));
}

function measurePolicy({ api, grants, enabled, region, account }: QuotaInput): QuotaUse[] {
  if (api === undefined) return [];
  const isSet = Object.values(api.callers).some((value) => value !== undefined);
  return [
    {
      count: measureResourcePolicy(api, selectGrantsOfAny(grants, enabled), region, account),
      subject: isSet ? 'these callers need' : 'is not set, and the callers that grants name need',
      path: ['api', 'callers'],
    },
  ];
}

/** The bytes of the grants in the data of the front, which has each active grant once, and its position in each environment. */
const measureGrants = ({ grants, enabled }: QuotaInput): number =>
  selectGrantsOfAny(grants, enabled)
    .map(({ who, where, may }) => {
      const environments = enabled.filter((name) => coversEnvironment(where, name)).length;
      return Buffer.byteLength(JSON.stringify({ who, may, line: 0 })) + environments * COUNTS.positionBytes;
    })
    .reduce((sum, bytes) => sum + bytes, 0);

function measureConcurrency(input: QuotaInput): QuotaUse[] {
  const { api, environments, enabled, deployments, accountConcurrency } = input;
  const reservations = [
    ...enabled.flatMap((name) => {
      const { concurrency, rest, restConcurrency, eventConcurrency } = environments[name]!;
      return [concurrency, ...(rest ? [restConcurrency] : []), ...(hasEvents(input, name) ? [eventConcurrency] : [])];
    }),
    api?.oidc?.concurrency,
    ...Object.values(deployments).map((deployment) => (deployment.enabled ? deployment.concurrency : undefined)),
  ];
  const reserved = reservations.reduce<number>((sum, value) => sum + (typeof value === 'number' ? value : 0), 0);
  if (reserved === 0) return [];
  return [
    {
      count: reserved + COUNTS.unreservedConcurrency,
      subject: `the functions reserve ${reserved}, and with the ${COUNTS.unreservedConcurrency} that Lambda keeps they need`,
      path: [accountConcurrency === undefined ? 'environments' : 'accountConcurrency'],
      limit: accountConcurrency,
    },
  ];
}
