import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CATALOGS } from '../../files/catalogs.ts';
import { formatOperationTable, TABLE_END, TABLE_START } from '../../tools/operations/operation-table.ts';

const PAGE = readFileSync(new URL('../../docs/rest.md', import.meta.url), 'utf8');

/** The cells of each row, without the spaces that a formatter adds, and without the row of dashes. */
const readRows = (table: string): string[][] =>
  table
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s-]+$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));

test('docs/rest.md has the table of operations (to update it: npm run operation-table)', () => {
  const [, table = ''] = PAGE.split(TABLE_START);
  expect(readRows(table.split(TABLE_END)[0]!)).toEqual(readRows(formatOperationTable(CATALOGS)));
});
