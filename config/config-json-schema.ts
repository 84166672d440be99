import { z } from 'zod';
import { configSchema } from './config-schema.ts';
import { releaseSchema } from './environment-schema.ts';

/**
 * Returns the schema of the configuration file as JSON Schema, for editors.
 *
 * @param releases the Airflow releases that an editor offers
 */
export function createConfigJsonSchema(releases: readonly string[]): object {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (Object.is(zodSchema, releaseSchema)) jsonSchema.enum = [...releases];
      // The metadata of `stringOrList` has an `anyOf`, which replaces what zod derives from the list.
      if (jsonSchema.anyOf && jsonSchema.type === 'array') {
        for (const key of ['type', 'items', 'minItems'] as const) delete jsonSchema[key];
      }
    },
  });
}

/** Returns the content of `config/schema.json`, which `npm run schema` writes. */
export const formatConfigJsonSchema = (releases: readonly string[]): string =>
  `${JSON.stringify(createConfigJsonSchema(releases), null, 2)}\n`;
