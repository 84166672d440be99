/**
 * How the CDK encodes a value that is known only at deployment, such as `${Token[TOKEN.12]}` or `#{Token[TOKEN.12]}`. The
 * construct `MwaaCliProxy` receives such text in place of IDs, ARNs, and account numbers.
 */
export const CDK_TOKEN_PATTERN = String.raw`[$#]\{Token\[[^\]]*\]\}`;

const LEADING_CDK_TOKEN = new RegExp(`^${CDK_TOKEN_PATTERN}`);
const CDK_TOKEN = new RegExp(CDK_TOKEN_PATTERN);

/** Whether text begins with a CDK token, so that nothing in it can be checked at synthesis. */
export const isCdkToken = (text: string): boolean => LEADING_CDK_TOKEN.test(text);

/** Whether text contains a CDK token. */
export const containsCdkToken = (text: string | undefined): boolean => text !== undefined && CDK_TOKEN.test(text);
