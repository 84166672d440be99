import { expect, test } from 'vitest';
import { formatSection, replaceSection } from '../../../bench/results-file.ts';
import { createMeasurementTable, formatNumber } from '../../../bench/section.ts';

test.each([
  { name: 'met', ours: [1, 1, 1], goal: 2, met: 'yes' },
  { name: 'missed', ours: [3, 3, 3], goal: 2, met: 'no' },
  { name: 'met by the median alone', ours: [1, 2, 9], goal: 2, met: 'yes, within the spread' },
  { name: 'missed by the median alone', ours: [1, 3, 9], goal: 2, met: 'no, within the spread' },
])('a goal that is $name', ({ ours, goal, met }) => {
  expect(createMeasurementTable([{ what: 'x', unit: 'ms', ours, goal }]).rows[0]?.at(-1)).toBe(met);
});

test('a goal of a ratio judges the ratio, and a goal of a difference the difference', () => {
  const rival = { name: 'bare', values: [10, 10, 10] };
  const measurement = { what: 'x', unit: 'ms', ours: [12, 12, 12], goal: 1.5 };
  const { rows } = createMeasurementTable([
    { ...measurement, rival: { ...rival, comparison: 'ratio' } },
    { ...measurement, rival: { ...rival, comparison: 'difference' } },
  ]);

  expect(rows).toEqual([
    ['x', '12.0 ms', 'bare: 10.0 ms', '1.20 times', '≤ 1.5 times', 'yes'],
    ['x', '12.0 ms', 'bare: 10.0 ms', '+2.00 ms', '≤ 1.5 ms', 'no'],
  ]);
});

test.each([
  [0.0000684, '0.0000684'],
  [0.12345, '0.123'],
  [1.2345, '1.23'],
  [12.345, '12.3'],
  [1234.5, '1235'],
])('%d is written as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('a part replaces only its own section, and sections keep the order of the parts', () => {
  const parts = ['first', 'second', 'third'];
  const section = (part: string, note: string) =>
    formatSection({ part, title: part, facts: 'facts' }, { notes: [note], tables: [] });
  const write = (file: string, part: string, note: string) => replaceSection(file, parts, part, section(part, note));

  const file = write(write(write('', 'third', 'three'), 'first', 'one'), 'third', 'changed');

  expect(file.match(/^## .*$/gm)).toEqual(['## first', '## third']);
  expect(file).toContain('one');
  expect(file).toContain('changed');
  expect(file).not.toContain('three');
});
