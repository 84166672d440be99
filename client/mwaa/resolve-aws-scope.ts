import { type AwsAccess, resolveRegion } from '../direct/aws-access.ts';
import { resolveCredentials } from '../library/credentials.ts';
import { checkCredentials } from './check-credentials.ts';

/** The region and the profile that the caller selected. */
export interface AwsScope {
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

/**
 * Finds region and credentials like the AWS CLI.
 *
 * @throws Error whose message says what to set
 */
export async function resolveAwsScope(scope: AwsScope, variables: NodeJS.ProcessEnv): Promise<AwsAccess> {
  const profile = scope.profile ?? variables.AWS_PROFILE;
  const environment = { ...variables, AWS_PROFILE: profile };
  const region = scope.region ?? (variables.AWS_REGION || variables.AWS_DEFAULT_REGION);
  const { signal } = new AbortController();
  return {
    region: await resolveRegion({ region, profile }),
    credentials: await checkCredentials(resolveCredentials(environment, profile), environment, Date.now, signal),
  };
}
