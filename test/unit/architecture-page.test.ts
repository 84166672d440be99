/** docs/architecture.md, compared with the folders on disk, the import rules and the routes. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FRONT_ROUTES, RELAY_ROUTES } from '../../contract/routes.ts';
import { IMPORT_RULES } from './import-rules.ts';
import { readText, tableOf, withoutCode } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readText('docs/architecture.md');

/** Folders that a machine makes and the repository does not have. */
const GENERATED = ['node_modules', 'dist', 'cdk.out', 'coverage', 'reports'];

/** The texts in code marks. */
const codeIn = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const folderRows = (page: string) =>
  tableOf(page, 'folder').map(([folder, contents]) => ({ folder: codeIn(folder)[0]!, contents: codeIn(contents) }));

const rulesIn = (page: string) =>
  tableOf(page, 'files in').map(([folder, allowed]) => [codeIn(folder)[0], codeIn(allowed)]);

/** Files and folders that a text names from the root of the repository, and that do not exist. */
const missingPaths = (text: string): string[] =>
  codeIn(withoutCode(text)).filter((code) => /^[\w-]+\/[\w./-]*$/.test(code) && !existsSync(ROOT + code));

describe('the table of folders', () => {
  const rows = folderRows(PAGE);

  test('has the folders of the repository', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !GENERATED.includes(entry.name))
      .map(({ name }) => `${name}/`);
    expect(rows.map(({ folder }) => folder).sort()).toEqual(folders.sort());
  });

  test('names folders that are there', () => {
    const named = rows.flatMap(({ folder, contents }) => contents.map((name) => folder + name));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(ROOT + path))).toEqual([]);
  });
});

test('the table of import rules says what the rules say', () => {
  expect(rulesIn(PAGE)).toEqual(Object.entries(IMPORT_RULES));
});

test('each function answers the routes in its row', () => {
  const rows = Object.fromEntries(tableOf(PAGE, 'function').map(([name, , answers]) => [name, codeIn(answers)]));
  expect(rows).toMatchObject({
    relay: Object.keys(RELAY_ROUTES),
    front: [...Object.keys(FRONT_ROUTES), 'GET /environments'],
  });
});

test('every file and folder that the page names exists', () => {
  const folderTable = PAGE.slice(PAGE.indexOf('## Folders'), PAGE.indexOf('## Import rules'));
  const rulesTable = PAGE.slice(PAGE.indexOf('| files in'), PAGE.indexOf('## Where to put'));
  expect(missingPaths(PAGE.replace(folderTable, '').replace(rulesTable, ''))).toEqual([]);
});

test('a planted row, rule and path are found', () => {
  expect(folderRows(PAGE.replace('| `bench/`', '| `benches/`')).map(({ folder }) => folder)).toContain('benches/');
  const planted = PAGE.replace(/^\| `policy` +\| .*$/m, '| `policy` | `airflow`, `lib` |');
  expect(rulesIn(planted)).not.toEqual(Object.entries(IMPORT_RULES));
  expect(missingPaths('see `airflow/nowhere.ts` and `airflow/`')).toEqual(['airflow/nowhere.ts']);
});
