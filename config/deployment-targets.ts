import type { Config, ConfigDraft } from './config-types.ts';

/** An account and region, with the environments that are deployed to it in one stack. */
export interface DeploymentTarget<Environment> {
  readonly stackName: string;
  readonly region: string;
  /** Undefined: the account that the CDK CLI deploys to. */
  readonly account: string | undefined;
  readonly environments: Readonly<Record<string, Environment>>;
}

type HasDeploymentTarget = Pick<ConfigDraft['environments'][string], 'account' | 'region'>;

/**
 * Groups environments by account and region. The target of the file itself is the first one. The stacks of the other targets have a
 * suffix: `MwaaCliProxy-us-east-1`, `MwaaCliProxy-222233334444-us-east-1`. Disabled environments count too, so that disabling the
 * last environment of a target neither deletes the stack nor changes the URL of its API.
 */
export function groupByTarget<Environment extends HasDeploymentTarget>(
  { stackName, region, account }: Pick<Config, 'stackName' | 'region' | 'account'>,
  environments: Readonly<Record<string, Environment>>,
): DeploymentTarget<Environment>[] {
  const targets = new Map<string, DeploymentTarget<Environment>>();
  for (const [name, environment] of Object.entries(environments)) {
    const targetRegion = environment.region ?? region;
    const targetAccount = environment.account ?? account;
    const hasOtherAccount = targetAccount !== undefined && targetAccount !== account;
    const suffix = [
      ...(hasOtherAccount ? [targetAccount] : []),
      ...(hasOtherAccount || targetRegion !== region ? [targetRegion] : []),
    ];
    const targetStackName = [stackName, ...suffix].join('-');
    const target = targets.get(targetStackName) ?? {
      stackName: targetStackName,
      region: targetRegion,
      account: targetAccount,
      environments: {},
    };
    targets.set(targetStackName, { ...target, environments: { ...target.environments, [name]: environment } });
  }
  return [...targets.values()].toSorted(
    (a, b) => Number(b.stackName === stackName) - Number(a.stackName === stackName),
  );
}
