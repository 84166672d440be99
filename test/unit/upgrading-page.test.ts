/** Compares the table of docs/upgrading.md with what `mwaa explain --from 2.10.3 --to 3.3.1` says. */
import { expect, test } from 'vitest';
import { judgeLine } from '../../client/mwaa/explain/judge-upgrade.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { UPGRADE_LINES } from '../upgrade-lines.ts';
import { readTable, readText } from './markdown.ts';

const RELEASES = { from: CATALOGS.read('2.10.3'), to: CATALOGS.read('3.3.1') };
const formatCode = (text: string | undefined): string => (text === undefined ? '' : `\`${text}\``);

test('the table of the page is what the command prints', () => {
  const judged = UPGRADE_LINES.map(({ line }) => judgeLine(RELEASES, line)).map(
    ({ line, result, commandLine, notes }) => [formatCode(line), result, formatCode(commandLine), notes.join(' ')],
  );
  expect(readTable(readText('docs/upgrading.md'), 'on 2.10.3')).toEqual(judged);
});

test('the table has every command that AWS lists for 2.10.3 and that this release has', () => {
  const judged = UPGRADE_LINES.map(({ line }) => line);
  const missing = RELEASES.from.commands.filter(
    ({ path, listed }) => listed && !judged.some((line) => `${line} `.startsWith(`${path.join(' ')} `)),
  );
  expect(missing.map(({ path }) => path.join(' '))).toEqual([]);
});
