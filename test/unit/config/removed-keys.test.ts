import { expect, test } from 'vitest';
import { createConfigJsonSchema } from '../../../config/config-json-schema.ts';
import { REMOVED_KEYS } from '../../../config/removed-keys.ts';
import { listConfigErrors } from '../../fixtures/parse-test-config.ts';

/** The part of a JSON Schema that leads from an object to its members. */
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly additionalProperties?: ObjectSchema | false;
}

/** Finds the schema of a path, in which `*` stands for any one key. */
const findSchema = (path: readonly string[]): ObjectSchema | undefined =>
  path.reduce<ObjectSchema | undefined>(
    (schema, key) => schema?.properties?.[key] ?? (schema?.additionalProperties || undefined),
    createConfigJsonSchema([]),
  );

/** Creates the lines of a file that sets one key. */
const createLines = (path: readonly string[]) =>
  path.map((key, depth) => `${'  '.repeat(depth)}${key === '*' ? 'prod' : key}:`).join('\n');

test.each(Object.entries(REMOVED_KEYS))('%s is rejected, and the error says what takes its place', (pattern, text) => {
  const path = pattern.split('.');

  expect(listConfigErrors(`${createLines(path)} 1\n`)).toContainEqual(expect.stringMatching(/\bUse /));
  expect(listConfigErrors(`${createLines(path)} 1\n`).some((error) => error.endsWith(`  ${text}`))).toBe(true);
});

test.each(Object.keys(REMOVED_KEYS))('%s is no key, but the mapping that contained it still is one', (pattern) => {
  const path = pattern.split('.');

  expect(findSchema(path)).toBeUndefined();
  expect(findSchema(path.slice(0, -1))).toHaveProperty('properties');
});
