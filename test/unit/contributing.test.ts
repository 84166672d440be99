import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { INSTALLABLE_RELEASES } from '../../local/airflow/installable-releases.ts';
import { FAULTS } from '../../local/mwaa/faults.ts';
import { IMPORT_RULES } from './import-rules.ts';
import { readTable, readText } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readText('CONTRIBUTING.md');

/** The folders of the repository, without generated ones. */
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^\.|^(?:node_modules|dist|cdk\.out)$/.test(entry.name))
  .map(({ name }) => name);

/** The kinds of things in the table, each with the names of all its members. A file that contains all the names lists the kind. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'a note': parse(readText('docs/openapi.yaml')).components.schemas.Notes.items['x-extensible-enum'],
  'a problem': Object.keys(PROBLEM_TYPES),
  'an alarm': listHeadings('docs/operations.md', 'Alarms of an environment'),
  'an Airflow release': Object.keys(INSTALLABLE_RELEASES),
  'a command of `mwaa`': readdirSync(`${ROOT}client/mwaa`)
    .filter((name) => name.endsWith('-command.ts'))
    .map((name) => `mwaa ${name.slice(0, -'-command.ts'.length).replace('-', ' ')}`),
  'a configuration key': listProperties(JSON.parse(readText('config/schema.json'))),
  'a fault': Object.keys(FAULTS),
};

/** Lists the headings of level 3 in a section of a page. */
function listHeadings(page: string, section: string): string[] {
  const [, text = ''] = readText(page).split(`\n## ${section}\n`);
  return [...(text.split('\n## ')[0] ?? '').matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading);
}

/** Lists the names of all properties in a JSON schema. */
function listProperties(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(listProperties)];
}

/** The text of every source file and page, by path. */
const FILES = new Map(
  FOLDERS.flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
    .filter((file) => /\.(?:ts|mjs|md|yaml|json)$/.test(file) && !/\/(?:fixtures|transcripts|catalogs)\//.test(file))
    .map((file) => [file, readFileSync(ROOT + file, 'utf8')]),
);

/** Finds the files that contain all the names. */
const findListsOf = (members: readonly string[]): string[] =>
  members.length === 0
    ? []
    : [...FILES].filter(([, text]) => members.every((member) => text.includes(member))).map(([file]) => file);

/** Lists the files and folders that a table cell names. */
const extractPaths = (cell: string): string[] =>
  [...cell.matchAll(/`([\w.-]+\/[\w./-]*)`/g)].map(([, path = '']) => path);

/** Whether a file matches the path. A word in capitals in the name of the file is a placeholder. */
function matchesExistingFile(path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  if (!existsSync(ROOT + folder)) return false;
  const name = path
    .slice(folder.length)
    .replaceAll('.', '\\.')
    .replace(/[A-Z]{3,}/, '.+');
  return name === '' || readdirSync(ROOT + folder).some((file) => new RegExp(`^${name}$`).test(file));
}

/** Lists the faults of the table of files that are changed together. */
function findFaults(page: string): string[] {
  const rows = new Map(readTable(page, 'when you add').map(([kind = '', files = '']) => [kind, extractPaths(files)]));
  return [
    ...Object.keys(KINDS)
      .filter((kind) => !rows.has(kind))
      .map((kind) => `no row: ${kind}`),
    ...[...rows.values()]
      .flat()
      .filter((path) => !matchesExistingFile(path))
      .map((path) => `no such file: ${path}`),
    ...[...rows].flatMap(([kind, paths]) =>
      findListsOf(KINDS[kind] ?? [])
        .filter((file) => !paths.includes(file))
        .map((file) => `not in the row of ${kind}, although it lists the kind: ${file}`),
    ),
  ];
}

describe('the table of files that are changed together in CONTRIBUTING.md', () => {
  test('has a row for each kind, with all files that list the kind, and only files that exist', () => {
    expect(findFaults(PAGE)).toEqual([]);
  });

  test.each(Object.entries(KINDS))('at least one file lists all members of the kind: %s', (_what, members) => {
    expect(members.length).toBeGreaterThan(5);
    expect(findListsOf(members).length).toBeGreaterThan(0);
  });

  test.each([
    ['a missing row', /^\| a fault .*\n/m, '', 'no row: a fault'],
    [
      'a file that does not exist',
      '`local/mwaa/faults.ts`',
      '$&, `local/mwaa/gone.ts`',
      'no such file: local/mwaa/gone.ts',
    ],
    [
      'a row without a file that lists the kind',
      /`docs\/openapi.yaml`(?=.*\n\| an alarm)/,
      '',
      expect.stringMatching(/^not in the row of a problem, .*: docs\/openapi\.yaml$/),
    ],
  ])('the check finds a planted fault: %s', (_planted, text, by, fault) => {
    expect(findFaults(PAGE.replace(text, by))).toEqual([fault]);
  });
});

test('CONTRIBUTING.md lists every folder, below the folders that it imports', () => {
  const named = readTable(PAGE, 'folder').map(([cell = '']) => cell.replace(/^`(.+)\/`$/, '$1'));
  const imports = Object.entries(IMPORT_RULES).flatMap(([folder, others]) =>
    others.map((other) => [folder.split('/')[0]!, other.split('/')[0]!] as const),
  );

  expect([...named].sort()).toEqual(FOLDERS.sort());
  expect(imports.filter(([folder, other]) => named.indexOf(other) > named.indexOf(folder))).toEqual([]);
});

test('CONTRIBUTING.md names only scripts that package.json has', () => {
  const { scripts } = JSON.parse(readText('package.json'));
  const named = [...PAGE.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
