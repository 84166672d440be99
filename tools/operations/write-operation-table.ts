/** `npm run operation-table`: writes the table of operations in docs/rest.md from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGS } from '../../files/catalogs.ts';
import { ROOT } from '../../files/root.ts';
import { formatOperationTable, TABLE_END, TABLE_START } from './operation-table.ts';

const file = join(ROOT, 'docs/rest.md');
const text = readFileSync(file, 'utf8');
const [before = ''] = text.split(TABLE_START);
const [, after = ''] = text.split(TABLE_END);
writeFileSync(file, `${before}${TABLE_START}\n\n${formatOperationTable(CATALOGS)}\n\n${TABLE_END}${after}`);
