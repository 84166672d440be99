import { isJsonObject } from '../parse-json.ts';
import { Refusal } from '../refusal.ts';

/** What Airflow shows in place of a secret. */
const MASK = '***';

const HAS_SECRETS = /^\/(?:connections|variables)(?:\/|$)/;

/**
 * Checks that a write of a variable or connection contains no masked value. Airflow would store the mask in place of the secret: 2.10.3 in
 * the extra of a connection, 3.x in a variable.
 *
 * @param path of the operation
 * @throws Refusal `invalid-value`
 */
export function checkMaskedValues(path: string, body: unknown): void {
  if (!HAS_SECRETS.test(path) || !containsMask(body)) return;
  throw new Refusal(
    'invalid-value',
    'The body contains "***", which Airflow shows in place of a secret. It would be stored as the value. Write the value, or leave the member out.',
  );
}

function containsMask(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsMask);
  if (isJsonObject(value)) return Object.values(value).some(containsMask);
  if (typeof value !== 'string') return false;
  // The extra of a connection is JSON in a text.
  return value === MASK || value.includes(`"${MASK}"`) || value.includes(`:${MASK}@`);
}
