import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatConfigJsonSchema } from '../../../config/config-json-schema.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

test('config/schema.json is up to date (to update it: npm run schema)', () => {
  const schemaFile = new URL('../../../config/schema.json', import.meta.url);
  expect(readFileSync(schemaFile, 'utf8')).toBe(formatConfigJsonSchema(CATALOGS.releases()));
});
