/** Compares docs/architecture.md with the folders of the repository, the import rules and the routes. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FRONT_ROUTES, RELAY_ROUTES } from '../../contract/routes.ts';
import { IMPORT_RULES } from './import-rules.ts';
import { readTable, readText, removeCode } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readText('docs/architecture.md');

/** Generated folders, which are not in the repository. */
const GENERATED = ['node_modules', 'dist', 'cdk.out', 'coverage', 'reports'];

/** Lists the texts in backticks. */
const extractCode = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const listFolderRows = (page: string) =>
  readTable(page, 'folder').map(([folder, contents]) => ({
    folder: extractCode(folder)[0]!,
    contents: extractCode(contents),
  }));

const parseImportRules = (page: string) =>
  readTable(page, 'files in').map(([folder, allowed]) => [extractCode(folder)[0], extractCode(allowed)]);

/** Lists the files and folders that a text names by their path from the root and that do not exist. */
const findMissingPaths = (text: string): string[] =>
  extractCode(removeCode(text)).filter((code) => /^[\w-]+\/[\w./-]*$/.test(code) && !existsSync(ROOT + code));

describe('the table of folders', () => {
  const rows = listFolderRows(PAGE);

  test('has all folders of the repository', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !GENERATED.includes(entry.name))
      .map(({ name }) => `${name}/`);
    expect(rows.map(({ folder }) => folder).sort()).toEqual(folders.sort());
  });

  test('names only folders and files that exist', () => {
    const named = rows.flatMap(({ folder, contents }) => contents.map((name) => folder + name));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(ROOT + path))).toEqual([]);
  });
});

test('the table of import rules matches IMPORT_RULES', () => {
  expect(parseImportRules(PAGE)).toEqual(Object.entries(IMPORT_RULES));
});

test('the table of functions has the routes of each function', () => {
  const rows = Object.fromEntries(readTable(PAGE, 'function').map(([name, , routes]) => [name, extractCode(routes)]));
  expect(rows.front).toEqual(['GET /environments', ...Object.keys(FRONT_ROUTES), ...Object.keys(RELAY_ROUTES)]);
  expect(rows.relay).toEqual(Object.keys(RELAY_ROUTES));
});

test('every file and folder that the page names exists', () => {
  const folderTable = PAGE.slice(PAGE.indexOf('## Folders'), PAGE.indexOf('## Import rules'));
  const rulesTable = PAGE.slice(PAGE.indexOf('| files in'), PAGE.indexOf('## Where to put'));
  expect(findMissingPaths(PAGE.replace(folderTable, '').replace(rulesTable, ''))).toEqual([]);
});

test('the checks find a planted row, rule and path', () => {
  expect(listFolderRows(PAGE.replace('| `bench/`', '| `benches/`')).map(({ folder }) => folder)).toContain('benches/');
  const planted = PAGE.replace(/^\| `policy` +\| .*$/m, '| `policy` | `airflow`, `lib` |');
  expect(parseImportRules(planted)).not.toEqual(Object.entries(IMPORT_RULES));
  expect(findMissingPaths('see `airflow/nowhere.ts` and `airflow/`')).toEqual(['airflow/nowhere.ts']);
});
