import { z } from 'zod';
import { listReleases } from '../files/catalogs.ts';
import { configSchema, releaseSchema } from './config-schema.ts';

/** The configuration file as JSON Schema, for editors. `npm run schema` writes it to `config/schema.json`. */
export function createConfigJsonSchema(): object {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (Object.is(zodSchema, releaseSchema)) jsonSchema.enum = listReleases();
      // A text stands for a list of one (`oneOrMore`): what may be written is what its metadata says.
      if (jsonSchema.anyOf && jsonSchema.type === 'array') {
        for (const key of ['type', 'items', 'minItems'] as const) delete jsonSchema[key];
      }
    },
  });
}

/** As the text of a file. */
export const formatConfigJsonSchema = (): string => `${JSON.stringify(createConfigJsonSchema(), null, 2)}\n`;
