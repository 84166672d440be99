import { expect, test } from 'vitest';
import { escapeJson, isJsonArgument } from '../../../airflow/json-arguments.ts';

test.each<[behavior: string, text: string, expected: string]>([
  ['escapes characters that are special in a shell', `"'$\`!"`, String.raw`"\u0027\u0024\u0060\u0021"`],
  ['escapes non-ASCII characters', '"\u007fé€😀\uffff"', String.raw`"\u007f\u00e9\u20ac\ud83d\ude00\uffff"`],
  [
    'escapes nothing else',
    '{"a": [1.50, 1e400, "\\u00e9~ #*"], "a": 2}\n',
    '{"a": [1.50, 1e400, "\\u00e9~ #*"], "a": 2}\n',
  ],
])('%s', (_behavior, text, expected) => {
  expect(escapeJson(text)).toBe(expected);
});

test.each<[argument: Parameters<typeof isJsonArgument>[0], expected: boolean]>([
  [{ dest: 'conf' }, true],
  [{ dest: 'dag_run_conf' }, true],
  [{ dest: 'task_params' }, true],
  [{ dest: 'env_vars' }, true],
  [{ dest: 'conn_json' }, true],
  [{ dest: 'anything', type: 'json' }, true],
  [{ dest: 'value' }, false],
  [{ dest: 'json', action: 'store-true' }, false],
])('Airflow parses %j as JSON: %s', (argument, expected) => expect(isJsonArgument(argument)).toBe(expected));
