import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatConfigJsonSchema } from '../../../config/config-json-schema.ts';

test('config/schema.json is what the configuration schema says (npm run schema)', () => {
  expect(readFileSync(new URL('../../../config/schema.json', import.meta.url), 'utf8')).toBe(formatConfigJsonSchema());
});
