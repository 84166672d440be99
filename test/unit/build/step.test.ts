import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildStep } from '../../../bin/build/build-step.ts';

test('the committed program of the action is the one that its sources make: npm run action', async () => {
  const committed = readFileSync(new URL('../../../action/airflow-step.cjs', import.meta.url), 'utf8');
  expect(committed === (await buildStep())).toBe(true);
});

test('the program needs no packages', async () => {
  const names = [...(await buildStep()).matchAll(/require\("([^"]+)"\)/g)].map(([, name = '']) => name);
  expect(names).not.toEqual([]);
  expect(names.filter((name) => !name.startsWith('node:'))).toEqual([]);
});
