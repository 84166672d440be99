import { resolveApiCallers } from './api-callers.ts';
import type { ConfigCheck, ConfigDraft, ConfigIssue, EnvironmentDraft } from './config-types.ts';
import { getPartition, groupByTarget } from './deployment-targets.ts';
import { MAX_BUFFERED_OUTPUT_BYTES, resolveLimits } from './limits.ts';
import { matchesEnvironment } from './matches-environment.ts';
import { createResourcePolicy, MAX_RESOURCE_POLICY_LENGTH } from './resource-policy.ts';
import { BUFFERED_TIMEOUTS, checkTimeoutLadder, resolveTimeouts } from './timeouts.ts';

/** What the parts of a file say about each other: every condition that cannot hold, and every limit of AWS that is reached. */
export const checkDraft: ConfigCheck = (draft) =>
  [
    checkTimeouts,
    checkApiEndpoint,
    checkApiCallers,
    checkDeploymentTargets,
    checkAirflowEndpoints,
    checkApiResourceQuota,
  ].flatMap((check) => check(draft));

const checkTimeouts: ConfigCheck = ({ api, environments }) => {
  const responses = api?.responses ?? 'stream';
  return Object.entries(environments).flatMap(([name, { timeouts, limits }]): ConfigIssue[] => {
    const steps = resolveTimeouts(responses, timeouts);
    const path = (key: string, member: string) => ['environments', name, key, member];
    const found: ConfigIssue[] = checkTimeoutLadder(steps).map(({ step, message }) => ({
      path: path('timeouts', step),
      message,
    }));
    if (responses === 'stream') return found;
    if (steps.integrationSeconds > BUFFERED_TIMEOUTS.integrationSeconds) {
      const message = 'more than 29 deploys only where the account has had its integration timeout raised';
      found.push({ path: path('timeouts', 'integrationSeconds'), message, warning: true });
    }
    if (resolveLimits(responses, limits).outputBytes > MAX_BUFFERED_OUTPUT_BYTES) {
      const message = `must be at most ${MAX_BUFFERED_OUTPUT_BYTES} where api.responses is buffered: Lambda passes on 6 MB`;
      found.push({ path: path('limits', 'outputBytes'), message });
    }
    return found;
  });
};

const checkApiEndpoint: ConfigCheck = ({ api }) => {
  if (api === undefined) return [];
  const isPrivate = api.endpoint === 'private';
  const found: [wrong: boolean, path: string[], message: string][] = [
    [
      isPrivate && !api.vpcEndpoint,
      ['endpoint'],
      'a private API is reached by an execute-api endpoint: say which in api.vpcEndpoint',
    ],
    [
      !isPrivate && !!api.vpcEndpoint,
      ['vpcEndpoint'],
      'only a private API has one: set endpoint: private, or remove it',
    ],
    [
      !isPrivate && !!api.callers.vpcEndpoints,
      ['callers', 'vpcEndpoints'],
      'cannot hold: requests to a Regional API come by no endpoint, so all would be refused',
    ],
    [isPrivate && !!api.domain, ['domain'], 'a private API takes no domain here: its names are made by its endpoint'],
  ];
  return found.flatMap(([wrong, path, message]) => (wrong ? [{ path: ['api', ...path], message }] : []));
};

const checkApiCallers: ConfigCheck = ({ api, region, account, environments, grants }) => {
  if (api === undefined) return [];
  const path = ['api', 'callers'];
  const found: ConfigIssue[] = [];
  const on = Object.keys(environments).filter((name) => environments[name]?.enabled);
  const inForce = grants.filter(
    ({ enabled, where }) => enabled && on.some((name) => where.some((one) => matchesEnvironment(one, name))),
  );
  const named = resolveApiCallers(api.callers, inForce);
  if (Object.keys(named).length === 0 && !api.oidc) {
    const message =
      'no grant and no api.callers names anybody, and without api.oidc no token is taken: every request will be refused';
    found.push({ path, message, warning: true });
  }
  if (region === undefined) return found;
  const partition = getPartition(region);
  for (const [index, principal] of (api.callers.principals ?? []).entries()) {
    if (isCdkToken(principal) || principal.split(':')[1] === partition) continue;
    const message = `cannot call: the partition of ${region} is ${partition}`;
    found.push({ path: [...path, 'principals', index], message });
  }
  const length = JSON.stringify(createWorstCasePolicy(api, named, partition, account)).length;
  if (length > MAX_RESOURCE_POLICY_LENGTH) {
    const left = Object.values(api.callers).some((given) => given !== undefined)
      ? ''
      : 'left out, and the callers whom grants name ';
    const message =
      `${left}make a resource policy of ${length} characters, and API Gateway takes ${MAX_RESOURCE_POLICY_LENGTH}: ` +
      'name accounts or an organization here, or roles by *';
    found.push({ path, message });
  }
  return found;
};

/** As long as the one that is deployed: an id that is not known yet is as long as the longest. */
function createWorstCasePolicy(
  api: NonNullable<ConfigDraft['api']>,
  named: ReturnType<typeof resolveApiCallers>,
  partition: string,
  account = '000000000000',
) {
  const unknown = 'vpce-00000000000000000';
  const ids = api.callers.vpcEndpoints ?? api.vpcEndpoint?.ids ?? [unknown];
  const vpcEndpoints = ids.map((id) => (typeof id === 'string' ? id : unknown));
  return createResourcePolicy({
    ...named,
    vpcEndpoints: api.endpoint === 'private' ? vpcEndpoints : undefined,
    ...{ stage: api.stageName, partition, ownAccount: account },
  });
}

/** What is named by an ARN or id is in one region; the environments may be in several. */
const checkDeploymentTargets: ConfigCheck = ({ region, account, api, kmsKey, alarmTopics, environments }) => {
  if (region === undefined) return [];
  const places = groupByTarget({ stackName: '', region, account }, environments);
  const regions = [...new Set(places.map((place) => place.region))];
  const named: [path: ConfigIssue['path'], arn: string | undefined][] = [
    [['api', 'domain', 'certificate'], api?.domain?.certificate],
    [['api', 'webAcl'], api?.webAcl],
    [['kmsKey'], kmsKey],
    ...alarmTopics.map((topic, index): [ConfigIssue['path'], string] => [['operations', 'alarmTopics', index], topic]),
  ];
  const found = named.flatMap(([path, arn]): ConfigIssue[] => {
    const there = arn === undefined || isCdkToken(arn) ? undefined : arn.split(':')[3];
    const elsewhere = there === undefined ? undefined : regions.find((one) => one !== there);
    return elsewhere === undefined
      ? []
      : [{ path, message: `is of ${there}, and environments are deployed to ${elsewhere}` }];
  });
  if (api && places.length > 1) {
    const single =
      'is of one account and region, and the environments are in several: give each place a file of its own';
    if (api.vpcEndpoint) found.push({ path: ['api', 'vpcEndpoint'], message: single });
    if (api.domain) found.push({ path: ['api', 'domain'], message: single });
  }
  const partitions = new Set(regions.map(getPartition));
  if (partitions.size > 1) {
    const message = `lie in several partitions (${[...partitions].join(', ')}), which share no callers: give each a file of its own`;
    found.push({ path: ['environments'], message });
  }
  return found;
};

/** One VPC has one endpoint for `airflow.env`, for its name is changed for all of the VPC. */
const checkAirflowEndpoints: ConfigCheck = ({ environments }) => {
  const makers = new Map<string, { name: string; create: string }>();
  // The name of an export means one thing in each account and region.
  const keyOf = ({ vpc, account, region }: EnvironmentDraft) => JSON.stringify([vpc.id, account, region]);
  const entries = Object.entries(environments);
  for (const [name, environment] of entries) {
    const create = environment.vpc.airflowEndpoint?.create;
    const key = keyOf(environment);
    if (create && !makers.has(key)) makers.set(key, { name, create: JSON.stringify(create) });
  }
  return entries.flatMap(([name, environment]): ConfigIssue[] => {
    const { vpc } = environment;
    const maker = makers.get(keyOf(environment));
    const { airflowEndpoint } = vpc;
    if (maker === undefined || airflowEndpoint === undefined || maker.name === name) return [];
    const path = ['environments', name, 'vpc', 'airflowEndpoint'];
    if (airflowEndpoint.create === undefined) {
      return [
        {
          path,
          message: `names an endpoint that is there, and ${maker.name} makes one in the same VPC: a VPC has one`,
        },
      ];
    }
    if (JSON.stringify(airflowEndpoint.create) === maker.create) return [];
    return [
      {
        path,
        message: `differs from that of ${maker.name}, and a VPC has one endpoint: leave it out here to share it`,
      },
    ];
  });
};

/** Most resources (parts of paths) of an API. Source: API Gateway quotas, "Resources per API"; it can be raised. */
export const MAX_API_RESOURCES = 300;

/** Parts of paths for each environment: its own name, `cli`, `health`, `commands`, `explain`. */
export const API_RESOURCES_PER_ENVIRONMENT = 5;

const checkApiResourceQuota: ConfigCheck = ({ api, region, account, environments }) => {
  if (region === undefined) return [];
  const doors = api?.oidc ? 2 : 1;
  return groupByTarget({ stackName: '', region, account }, environments).flatMap((place): ConfigIssue[] => {
    const count = Object.values(place.environments).filter(({ enabled }) => enabled).length;
    // The root, `environments`, and below `/oidc` both once more.
    const paths = doors * (2 + API_RESOURCES_PER_ENVIRONMENT * count);
    if (paths <= MAX_API_RESOURCES) return [];
    const most = Math.floor((MAX_API_RESOURCES / doors - 2) / API_RESOURCES_PER_ENVIRONMENT);
    const message =
      `${count} in ${place.region} make ${paths} paths, and API Gateway gives an API ${MAX_API_RESOURCES}: ` +
      `${most} fit${doors > 1 ? ' with api.oidc' : ''}. Put the others into a file of their own, with a stackName of its own`;
    return [{ path: ['environments'], message }];
  });
};

const isCdkToken = (text: string): boolean => /^[$#]\{Token\[/.test(text);
