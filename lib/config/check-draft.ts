import { namedCallers } from '../api/named-callers.ts';
import { LONGEST_POLICY, resourcePolicy } from '../api/resource-policy.ts';
import type { Check, Draft, EnvironmentDraft, Issue } from './config-types.ts';
import { LARGEST_BUFFERED_OUTPUT, limitsFor } from './limits.ts';
import { partitionOf, placesOf } from './places.ts';
import { BUFFERED_TIME_OUTS, ladderFaults, timeOutsFor } from './time-outs.ts';
import { covers } from './where.ts';

/** What the parts of a file say about each other: every condition that cannot hold, and every limit of AWS that is reached. */
export const checkDraft: Check = (draft) =>
  [checkTimeOuts, checkEndpoint, checkCallers, checkPlaces, checkNetworks, checkPaths].flatMap((check) => check(draft));

const checkTimeOuts: Check = ({ api, environments }) => {
  const responses = api?.responses ?? 'stream';
  return Object.entries(environments).flatMap(([name, { timeouts, limits }]): Issue[] => {
    const steps = timeOutsFor(responses, timeouts);
    const path = (key: string, member: string) => ['environments', name, key, member];
    const found: Issue[] = ladderFaults(steps).map(({ step, message }) => ({ path: path('timeouts', step), message }));
    if (responses === 'stream') return found;
    if (steps.integrationSeconds > BUFFERED_TIME_OUTS.integrationSeconds) {
      const message = 'more than 29 deploys only where the account has had its integration time-out raised';
      found.push({ path: path('timeouts', 'integrationSeconds'), message, warning: true });
    }
    if (limitsFor(responses, limits).outputBytes > LARGEST_BUFFERED_OUTPUT) {
      const message = `must be at most ${LARGEST_BUFFERED_OUTPUT} where api.responses is buffered: Lambda passes on 6 MB`;
      found.push({ path: path('limits', 'outputBytes'), message });
    }
    return found;
  });
};

const checkEndpoint: Check = ({ api }) => {
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

const checkCallers: Check = ({ api, region, account, environments, grants }) => {
  if (api === undefined) return [];
  const path = ['api', 'callers'];
  const found: Issue[] = [];
  const on = Object.keys(environments).filter((name) => environments[name]?.enabled);
  const inForce = grants.filter(
    ({ enabled, where }) => enabled && on.some((name) => where.some((one) => covers(one, name))),
  );
  const named = namedCallers(api.callers, inForce);
  if (Object.keys(named).length === 0 && !api.oidc) {
    const message =
      'no grant and no api.callers names anybody, and without api.oidc no token is taken: every request will be refused';
    found.push({ path, message, warning: true });
  }
  if (region === undefined) return found;
  const partition = partitionOf(region);
  for (const [index, principal] of (api.callers.principals ?? []).entries()) {
    if (isToken(principal) || principal.split(':')[1] === partition) continue;
    const message = `cannot call: the partition of ${region} is ${partition}`;
    found.push({ path: [...path, 'principals', index], message });
  }
  const length = JSON.stringify(resourcePolicyOf(api, named, partition, account)).length;
  if (length > LONGEST_POLICY) {
    const left = Object.values(api.callers).some((given) => given !== undefined)
      ? ''
      : 'left out, and the callers whom grants name ';
    const message =
      `${left}make a resource policy of ${length} characters, and API Gateway takes ${LONGEST_POLICY}: ` +
      'name accounts or an organisation here, or roles by *';
    found.push({ path, message });
  }
  return found;
};

/** As long as the one that is deployed: an id that is not known yet is as long as the longest. */
function resourcePolicyOf(
  api: NonNullable<Draft['api']>,
  named: ReturnType<typeof namedCallers>,
  partition: string,
  account = '000000000000',
) {
  const unknown = 'vpce-00000000000000000';
  const ids = api.callers.vpcEndpoints ?? api.vpcEndpoint?.ids ?? [unknown];
  const vpcEndpoints = ids.map((id) => (typeof id === 'string' ? id : unknown));
  return resourcePolicy({
    ...named,
    vpcEndpoints: api.endpoint === 'private' ? vpcEndpoints : undefined,
    ...{ stage: api.stageName, partition, ownAccount: account },
  });
}

/** What is named by an ARN or id is in one region; the environments may be in several. */
const checkPlaces: Check = ({ region, account, api, kmsKey, alarmTopics, environments }) => {
  if (region === undefined) return [];
  const places = placesOf({ stackName: '', region, account }, environments);
  const regions = [...new Set(places.map((place) => place.region))];
  const named: [path: Issue['path'], arn: string | undefined][] = [
    [['api', 'domain', 'certificate'], api?.domain?.certificate],
    [['api', 'webAcl'], api?.webAcl],
    [['kmsKey'], kmsKey],
    ...alarmTopics.map((topic, index): [Issue['path'], string] => [['operations', 'alarmTopics', index], topic]),
  ];
  const found = named.flatMap(([path, arn]): Issue[] => {
    const there = arn === undefined || isToken(arn) ? undefined : arn.split(':')[3];
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
  const partitions = new Set(regions.map(partitionOf));
  if (partitions.size > 1) {
    const message = `lie in several partitions (${[...partitions].join(', ')}), which share no callers: give each a file of its own`;
    found.push({ path: ['environments'], message });
  }
  return found;
};

/** One VPC has one endpoint for `airflow.env`, for its name is changed for all of the VPC. */
const checkNetworks: Check = ({ environments }) => {
  const makers = new Map<string, { name: string; create: string }>();
  // The name of an export means one thing in each account and region.
  const keyOf = ({ vpc, account, region }: EnvironmentDraft) => JSON.stringify([vpc.id, account, region]);
  const entries = Object.entries(environments);
  for (const [name, environment] of entries) {
    const create = environment.vpc.airflowEndpoint?.create;
    const key = keyOf(environment);
    if (create && !makers.has(key)) makers.set(key, { name, create: JSON.stringify(create) });
  }
  return entries.flatMap(([name, environment]): Issue[] => {
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
export const MOST_PATHS = 300;

/** Parts of paths for each environment: its own name, `cli`, `health`, `commands`, `explain`. */
export const PATHS_OF_ENVIRONMENT = 5;

const checkPaths: Check = ({ api, region, account, environments }) => {
  if (region === undefined) return [];
  const doors = api?.oidc ? 2 : 1;
  return placesOf({ stackName: '', region, account }, environments).flatMap((place): Issue[] => {
    const count = Object.values(place.environments).filter(({ enabled }) => enabled).length;
    // The root, `environments`, and below `/oidc` both once more.
    const paths = doors * (2 + PATHS_OF_ENVIRONMENT * count);
    if (paths <= MOST_PATHS) return [];
    const most = Math.floor((MOST_PATHS / doors - 2) / PATHS_OF_ENVIRONMENT);
    const message =
      `${count} in ${place.region} make ${paths} paths, and API Gateway gives an API ${MOST_PATHS}: ` +
      `${most} fit${doors > 1 ? ' with api.oidc' : ''}. Put the others into a file of their own, with a stackName of its own`;
    return [{ path: ['environments'], message }];
  });
};

const isToken = (text: string): boolean => /^[$#]\{Token\[/.test(text);
