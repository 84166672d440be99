import { expect, test } from 'vitest';
import { argvFromJson } from '../../../airflow/json-argv.ts';
import { parseJsonKeepingNumbers } from '../../../airflow/parse-json.ts';

test('strings stay as they are, everything else becomes JSON text', () => {
  const list = parseJsonKeepingNumbers('["a b", "", 1.0, true, {"n": 1.50}, [1, "x"]]') as unknown[];
  expect(argvFromJson(list)).toEqual(['a b', '', '1.0', 'true', '{"n":1.50}', '[1,"x"]']);
});

test.each<[what: string, list: unknown[], message: RegExp, cause?: unknown]>([
  ['null', ['x', null], /^Word 2 is null\. Remove it or write ""\.$/],
  [
    'a list that is nested too deeply',
    ['x', 'y', JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))],
    /^Word 3 is nested too deeply\. Use fewer levels\.$/,
    expect.any(RangeError),
  ],
])('rejects %s', (_what, list, message, cause) => {
  expect(() => argvFromJson(list)).toThrow(
    expect.objectContaining({
      code: 'unreadable',
      message: expect.stringMatching(message),
      ...(cause ? { cause } : {}),
    }),
  );
});
