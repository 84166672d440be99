import type { ConfigDraft, EnvironmentDraft } from './config-types.ts';

/** What is deployed to one account and region. */
export interface QuotaInput {
  readonly region: string;
  readonly api: ConfigDraft['api'];
  /** Disabled environments too, because they keep their interface endpoints. */
  readonly environments: Readonly<Record<string, EnvironmentDraft>>;
  /** The names of the environments that are not disabled. */
  readonly enabled: readonly string[];
}

/** How much of a quota something needs. */
export interface QuotaUse {
  readonly count: number;
  /** What needs it, with its verb, such as `60 environments in eu-west-1 need`. */
  readonly subject: string;
  /** The value of the configuration to change. */
  readonly path: readonly (string | number)[];
}

/** A quota of an AWS service, and how much of it a configuration needs. */
export interface Quota {
  /** Follows a number: `resources in one CloudFormation stack`. */
  readonly name: string;
  readonly limit: number;
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
  /** Security group, its rules at the web server and the endpoint, role, function, policy, schedule, asynchronous settings, alarms. */
  environmentResources: 20,
  /** The nested stack. */
  environmentOuterResources: 1,
  /** The API, the front, the authorizer, and their monitoring. */
  outerResources: 80,
  /** A security group and an endpoint for `airflow.env` or `execute-api`. */
  endpointResources: 2,
  /** `environments`, `{environment}`, `cli`, `health`, `commands`, `explain`, and the root or `oidc`. */
  apiResourcesPerBranch: 7,
  /** URL, ARNs to allow, access log, and the target of a custom domain. */
  outerOutputs: 4,
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
    formula: 'API, front, and authorizer + 1 × E (a nested stack each) + 2 × created endpoints',
    measure: (input) => [
      byEnvironments(
        input,
        COUNTS.outerResources +
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
    formula: 'resources of the outer stack + resources of the nested stack × E',
    measure: (input) => [
      byEnvironments(
        input,
        COUNTS.outerResources +
          (COUNTS.environmentOuterResources + COUNTS.environmentResources) * input.enabled.length +
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
    formula: '4 + the inbound rules that other teams must add',
    measure: (input) => [
      byEnvironments(
        input,
        COUNTS.outerOutputs + input.enabled.flatMap((name) => listExternalRules(input, name)).length,
      ),
    ],
    remedy: `Let the deployment add the inbound rules (webServerIngress: true). ${SEPARATE_FILE}`,
  },
  {
    name: 'resources (path segments) in one API',
    limit: 300,
    adjustable: true,
    source: 'API Gateway quotas, "Resources per API"',
    formula: '7, or 14 with api.oidc, for any E',
    measure: (input) => [byEnvironments(input, COUNTS.apiResourcesPerBranch * (input.api?.oidc === undefined ? 1 : 2))],
    remedy: SEPARATE_FILE,
  },
  {
    name: 'rules on one EventBridge event bus',
    limit: 300,
    adjustable: true,
    source: 'EventBridge quotas, "Number of rules"',
    formula: '1 × E',
    measure: (input) => [byEnvironments(input, input.enabled.length)],
    remedy: SEPARATE_REGION_OR_ACCOUNT,
  },
];

/** The use of a quota that follows from the number of environments. */
function byEnvironments({ region, enabled }: QuotaInput, count: number): QuotaUse {
  const subject = enabled.length === 1 ? 'one environment' : `${enabled.length} environments`;
  return { count, subject: `${subject} in ${region} need`, path: ['environments'] };
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
