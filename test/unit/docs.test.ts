import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROBLEM_TYPES } from '../../lambda/problem-types.ts';
import { SETS } from '../../policy/sets.ts';

test('docs/api.md has the table of problems', () => {
  const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const rows = Object.entries(PROBLEM_TYPES).map(
    ([code, { status, title, retrySafe }]) => `| \`${code}\` | ${status} | ${retrySafe ? 'yes' : 'no'} | ${title} |`,
  );
  const found = text.split('\n').map((line) => line.replace(/ +/g, ' '));
  expect(found.filter((line) => /^\| `[a-z-]+` \| \d/.test(line))).toEqual(rows);
});

test('docs/policy.md has the table of sets', () => {
  const text = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
  const rows = Object.entries(SETS).map(([name, { why }]) => `| \`${name}\` | ${why} |`);
  const found = text.split('\n').map((line) => line.replace(/ +/g, ' '));
  expect(found.filter((line) => line.startsWith('| `@'))).toEqual(rows);
});
