const PARTITION_BY_REGION_PREFIX: readonly [prefix: string, partition: string][] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

/**
 * Returns the AWS partition of a region.
 * Source: https://docs.aws.amazon.com/general/latest/gr/rande.html and the regions of botocore's endpoint list
 */
export function getPartition(region: string): string {
  const match = PARTITION_BY_REGION_PREFIX.find(([prefix]) => region.startsWith(prefix));
  return match?.[1] ?? 'aws';
}
