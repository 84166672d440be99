/** Reads the policies of buckets. The gateway itself does not use them. */
import { getProperty, getString } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';

/** Returns the policy documents by the name of the bucket. */
export const readBucketPolicies = (resources: readonly ResolvedResource[]): ReadonlyMap<string, unknown> =>
  new Map(
    resources
      .filter(({ type }) => type === 'AWS::S3::BucketPolicy')
      .map((resource) => [getString(resource, 'Bucket'), getProperty(resource, 'PolicyDocument')]),
  );
