import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT_CODE_BY_DIRECT_PROBLEM, EXIT_CODE_BY_PROBLEM } from '../../../client/exit-codes.ts';
import * as retryRules from '../../../client/library/retry-rules.ts';
import { TRANSIENT_PROBLEMS } from '../../../client/library/wait-rules.ts';
import { PROBLEM_TYPES } from '../../../contract/problem-types.ts';
import { ROOT } from '../../../files/root.ts';
import { toClassName } from '../../../tools/python/problem-classes.ts';
import {
  formatAssignment,
  type PythonExpression,
  pythonCall,
  pythonDict,
  pythonNumber,
  pythonSet,
  pythonText,
} from '../../../tools/python/python-literals.ts';
import { GENERATED_MODULES } from '../../../tools/python/write-contract.ts';

test.each(Object.entries(GENERATED_MODULES))(
  '%s is up to date (to update it: npm run python-contract)',
  (path, format) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(format());
  },
);

test('the rules name only problems that exist', () => {
  const { STARTED_LATER, UNKNOWN_OUTCOMES, REPEATED_WITH_KEY, REPEATED_IF_READ_ONLY, FINAL_PROBLEMS } = retryRules;
  const named = [
    ...[STARTED_LATER, EXIT_CODE_BY_PROBLEM, EXIT_CODE_BY_DIRECT_PROBLEM].flatMap(Object.keys),
    ...[UNKNOWN_OUTCOMES, REPEATED_WITH_KEY, REPEATED_IF_READ_ONLY, FINAL_PROBLEMS].flat(),
    ...TRANSIENT_PROBLEMS,
  ];
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((code) => !Object.hasOwn(PROBLEM_TYPES, code))).toEqual([]);
});

test('each problem has a class of its own', () => {
  const names = Object.keys(PROBLEM_TYPES).map(toClassName);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining(['NotGrantedError', 'GatewayError', 'BusyError', 'NoSuchEnvironmentError']),
  );
});

describe('a Python literal', () => {
  test.each<[what: string, value: PythonExpression, text: string]>([
    ['a text', pythonText("a\\b\n'c'"), `x = "a\\\\b\\n'c'"`],
    ['a text with double quotes', pythonText('say "no"'), `x = 'say "no"'`],
    ['a text with both', pythonText(`"it's"`), `x = "\\"it's\\""`],
    ['a dict', pythonDict({ a: pythonNumber(1) }), 'x = {\n    "a": 1,\n}'],
    ['a short set', pythonSet([pythonText('a'), pythonText('b')]), 'x = frozenset({"a", "b"})'],
    [
      'a set that fits into one line of its own',
      pythonSet([pythonText('a'.repeat(50)), pythonText('b'.repeat(50))]),
      `x = frozenset(\n    {"${'a'.repeat(50)}", "${'b'.repeat(50)}"}\n)`,
    ],
    [
      'a long call',
      pythonCall('F', { a: pythonText('a'.repeat(60)), b: pythonText('b'.repeat(60)) }),
      `x = F(\n    a="${'a'.repeat(60)}",\n    b="${'b'.repeat(60)}",\n)`,
    ],
  ])('%s', (_what, value, text) => {
    expect(formatAssignment('x', value)).toBe(text);
  });
});
