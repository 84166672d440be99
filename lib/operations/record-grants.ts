import { createHash } from 'node:crypto';
import type { NestedStack } from 'aws-cdk-lib';
import { ASSET_RESOURCE_METADATA_PATH_KEY } from 'aws-cdk-lib/cx-api';

/**
 * Records in the template of an environment who may run what, so that `cdk diff` shows a changed grant as a changed line. The functions
 * read their grants from their code asset, and of an asset a template contains only the hash.
 *
 * The lines are in the section `Metadata` of the template, because `cdk diff` ignores the metadata of resources when it compares with a
 * change set. CloudFormation updates this section only together with a resource. The relay is one: its code contains the same grants.
 */
export function recordGrants(stack: NestedStack, rules: readonly string[]): void {
  stack.templateOptions.metadata = Object.fromEntries(rules.map((rule) => [createKey(rule), rule]));
  // The CDK CLI compares a nested stack only if its resource has this entry. The CDK adds it only if asset metadata is enabled.
  stack.nestedStackResource?.addMetadata(ASSET_RESOURCE_METADATA_PATH_KEY, stack.templateFile);
}

/** Derives the key from the rule alone, so that a moved grant is no change. CloudFormation limits other keys to letters and digits. */
const createKey = (rule: string): string => `Grant${createHash('sha256').update(rule).digest('hex').slice(0, 12)}`;
