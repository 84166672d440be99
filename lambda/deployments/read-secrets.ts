import { isJsonObject } from '../../airflow/parse-json.ts';
import type { SecretReference } from './read-properties.ts';

/** Reads the text of one secret. @throws SecretError */
export type ReadSecret = (reference: SecretReference) => Promise<string>;

/** A secret that cannot be read. The message has no part of it. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/**
 * Reads the secrets of some placeholders.
 *
 * @returns their texts, by placeholder
 * @throws SecretError
 */
export async function readSecrets(
  readSecret: ReadSecret,
  values: Readonly<Record<string, SecretReference>>,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [name, reference] of Object.entries(values)) {
    if (!names.has(name)) continue;
    const text = await readSecret(reference).catch((error: unknown) => {
      throw error instanceof SecretError
        ? new SecretError(`The value {${name}} cannot be read. ${error.message}`)
        : error;
    });
    texts.set(name, selectKey(name, text, reference));
  }
  return texts;
}

function selectKey(name: string, text: string, reference: SecretReference): string {
  if (reference.service === 'ssm' || reference.key === undefined) return text;
  const { key } = reference;
  const value = parseObject(text)?.[key];
  if (value === undefined || value === null)
    throw new SecretError(`The secret of {${name}} has no member ${JSON.stringify(key)}.`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
