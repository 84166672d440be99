import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCertainlyLarger, measureJson, measureJsonString } from '../../../mwaa/cli/json-size.ts';

test('measures a text as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\u0001', '\u007f', 'é', '日', '😀', '\u2028') }),
      (text) => {
        expect(measureJsonString(text)).toBe(measureJson(text));
      },
    ),
  );
});

test('a value that is certainly larger is larger', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(isCertainlyLarger(value, measureJson(value))).toBe(false);
    }),
  );
});

test('finds a list of plain rows larger than one byte less than its size', () => {
  const rows = Array(100).fill({ a: 'x', b: ['y', 'z'] });
  expect(isCertainlyLarger(rows, measureJson(rows) - 1)).toBe(true);
});
