import { MAX_POLICY_BYTES, type PolicyReference } from '../contract/stored-policy.ts';
import type { Grant } from '../policy/grant.ts';

/** What a stored policy says. */
export interface PolicyContent {
  /** The MWAA environment that it is for. */
  readonly environment: string;
  /** The releases for which its rules were checked. */
  readonly airflow: readonly string[];
  readonly grants: readonly Grant[];
}

export interface StoredPolicy extends PolicyContent, PolicyReference {}

/** Returns the SHA-256 of a text, as hexadecimal digits. */
export type Sha256 = (text: string) => string;

/** The format of the object. A function refuses any other. */
const FORMAT = 1;

/** What is wrong with a stored policy: a clause. */
export class InvalidPolicyError extends Error {
  override readonly name = 'InvalidPolicyError';
}

/**
 * The text that the digest is made from. It does not contain the version: two versions that grant the same have the same digest. It does
 * not depend on the spelling of the object, such as white space or the order of members.
 */
const formatCanonical = ({ environment, airflow, grants }: PolicyContent): string =>
  JSON.stringify([FORMAT, environment, airflow, grants.map(({ who, may, line }) => [who, may, line])]);

export const digestPolicy = (content: PolicyContent, sha256: Sha256): string => sha256(formatCanonical(content));

/** The text of the object. */
export function formatStoredPolicy(content: PolicyContent, version: number, sha256: Sha256): string {
  const { environment, airflow, grants } = content;
  const members = { format: FORMAT, version, digest: digestPolicy(content, sha256), environment, airflow };
  // One grant on each line, so that two objects can be compared.
  const lines = grants.map(({ who, may, line }) => `    ${JSON.stringify({ who, may, line })}`);
  return `${JSON.stringify(members, null, 2).slice(0, -2)},\n  "grants": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/**
 * Reads the text of the object. The digest shows that it is complete, and that nobody has changed it without `mwaa policy push`. It does
 * not show who has written it: the policy of the bucket decides who may.
 *
 * @throws InvalidPolicyError
 */
export function readStoredPolicy(text: string, sha256: Sha256): StoredPolicy {
  if (text.length > MAX_POLICY_BYTES) throw new InvalidPolicyError(`it has more than ${MAX_POLICY_BYTES} characters`);
  const object = parseObject(text);
  if (object.format !== FORMAT) throw new InvalidPolicyError(`its format is not ${FORMAT}`);
  const { version, digest, environment, airflow, grants } = object;
  if (!isPositiveInteger(version) || typeof digest !== 'string' || typeof environment !== 'string')
    throw new InvalidPolicyError('its version, digest or environment is missing');
  if (!isTextList(airflow)) throw new InvalidPolicyError('its releases are missing');
  if (!Array.isArray(grants) || !grants.every(isGrant)) throw new InvalidPolicyError('a grant is not well formed');
  const content = { environment, airflow, grants: grants.map(({ who, may, line }) => ({ who, may, line })) };
  if (digestPolicy(content, sha256) !== digest)
    throw new InvalidPolicyError('its digest does not match its grants, so it was changed without mwaa policy push');
  return { ...content, version, digest };
}

/**
 * Checks that a policy is for a deployment.
 *
 * @throws InvalidPolicyError
 */
export function requirePolicyFor(
  { environment, airflow }: PolicyContent,
  deployment: { readonly environment: string; readonly release: string },
): void {
  if (environment !== deployment.environment)
    throw new InvalidPolicyError(`it is for the environment ${environment}, and not for ${deployment.environment}`);
  if (!airflow.includes(deployment.release))
    throw new InvalidPolicyError(
      `its rules were checked for Airflow ${airflow.join(', ')}, and not for ${deployment.release}, which this deployment is set to`,
    );
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidPolicyError('it is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidPolicyError('it is not a JSON object');
  return value as Record<string, unknown>;
}

const isPositiveInteger = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');

function isGrant(value: unknown): value is Grant {
  if (typeof value !== 'object' || value === null) return false;
  const { who, may, line } = value as Record<string, unknown>;
  return isTextList(who) && isTextList(may) && isPositiveInteger(line);
}
