import { UsageError } from '../../terminal.ts';

/** Where a policy is stored. */
export interface PolicyAddress {
  readonly bucket: string;
  readonly key: string;
}

/** Names of buckets without dots, and keys whose characters a URL does not encode. */
const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9-]{1,61}[a-z0-9])\/([A-Za-z0-9._/-]+)$/;

export const isPolicyAddress = (text: string): boolean => text.startsWith('s3://');

/** @throws UsageError */
export function parsePolicyAddress(text: string): PolicyAddress {
  const [, bucket, key] = ADDRESS.exec(text) ?? [];
  if (bucket === undefined || key === undefined)
    throw new UsageError(
      `${text} is not an address like s3://BUCKET/policy.json. The stack has it as the output PolicyAddress.`,
    );
  return { bucket, key };
}
