import { EC2Client } from '@aws-sdk/client-ec2';
import { MWAAClient } from '@aws-sdk/client-mwaa';
import { resolveRegion } from '../../direct/aws-access.ts';
import { resolveCredentials } from '../../library/credentials.ts';
import { checkCredentials } from '../check-credentials.ts';
import type { AwsResources } from './aws-resources.ts';
import { describeAwsError } from './describe-aws-error.ts';
import { fetchAwsResources } from './fetch-aws-resources.ts';

export interface AwsScope {
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

/** None of its own: the timers of this SDK outlive a request that fails, and the process would wait for them. */
const requestHandler = { connectionTimeout: 0, requestTimeout: 0 };

/** What AWS says of a region, or a sentence that says why it does not, and what to change. */
export async function loadAwsResources(asked: AwsScope, variables: NodeJS.ProcessEnv): Promise<AwsResources | string> {
  const profile = asked.profile ?? variables.AWS_PROFILE;
  const named = { ...variables, AWS_PROFILE: profile };
  const found = await resolveScopeAccess({ region: asked.region, profile }, named).catch(
    (error: Error) => error.message,
  );
  if (typeof found === 'string') return found;
  const { region } = found;
  const [mwaa, ec2] = [new MWAAClient({ ...found, requestHandler }), new EC2Client({ ...found, requestHandler })];
  try {
    const answers = await fetchAwsResources(mwaa, ec2);
    return answers.environments.length > 0
      ? answers
      : `MWAA has no environment in ${region} in this account: check region and credentials (--region, --profile).`;
  } catch (error) {
    return describeAwsError(error, region);
  } finally {
    mwaa.destroy();
    ec2.destroy();
  }
}

async function resolveScopeAccess({ region, profile }: AwsScope, variables: NodeJS.ProcessEnv) {
  const given = region ?? (variables.AWS_REGION || variables.AWS_DEFAULT_REGION);
  const { signal } = new AbortController();
  return {
    region: await resolveRegion({ region: given, profile }),
    credentials: await checkCredentials(resolveCredentials(variables, profile), variables, Date.now, signal),
  };
}
