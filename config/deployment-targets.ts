import type { Config, ConfigDraft } from './config-types.ts';

/** An account and region, with the environments that are deployed there: one stack. */
export interface DeploymentTarget<Environment> {
  readonly stackName: string;
  readonly region: string;
  /** Undefined: whichever is deployed to. */
  readonly account: string | undefined;
  readonly environments: Readonly<Record<string, Environment>>;
}

type HasDeploymentTarget = Pick<ConfigDraft['environments'][string], 'account' | 'region'>;

/**
 * The places of a configuration, that of the file itself first. Another one's stack is named after it: `MwaaCliProxy-us-east-1`,
 * `MwaaCliProxy-222233334444-us-east-1`. An environment that is switched off keeps its place, and so the stack its address.
 */
export function groupByTarget<Environment extends HasDeploymentTarget>(
  { stackName, region, account }: Pick<Config, 'stackName' | 'region' | 'account'>,
  environments: Readonly<Record<string, Environment>>,
): DeploymentTarget<Environment>[] {
  const places = new Map<string, DeploymentTarget<Environment>>();
  for (const [name, environment] of Object.entries(environments)) {
    const there = { region: environment.region ?? region, account: environment.account ?? account };
    const own = there.account === account ? undefined : there.account;
    const elsewhere = own !== undefined || there.region !== region;
    const named = [stackName, ...(own === undefined ? [] : [own]), ...(elsewhere ? [there.region] : [])].join('-');
    const place = places.get(named) ?? { ...there, stackName: named, environments: {} };
    places.set(named, { ...place, environments: { ...place.environments, [name]: environment } });
  }
  return [...places.values()].toSorted((a, b) => Number(b.stackName === stackName) - Number(a.stackName === stackName));
}

/**
 * The partition of a region.
 * Source: https://docs.aws.amazon.com/general/latest/gr/rande.html and the regions of botocore's endpoint list
 */
export function getPartition(region: string): string {
  const found = PARTITION_BY_REGION_PREFIX.find(([prefix]) => region.startsWith(prefix));
  return found?.[1] ?? 'aws';
}

const PARTITION_BY_REGION_PREFIX: readonly [prefix: string, partition: string][] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];
