import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { INSTALLABLE_RELEASES } from '../../local/airflow/installable-releases.ts';
import { FAULTS } from '../../local/mwaa/faults.ts';
import { IMPORT_RULES } from './import-rules.ts';
import { readText, tableOf } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readText('CONTRIBUTING.md');

/** The folders of the repository that hold something of ours. */
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^\.|^(?:node_modules|dist|cdk\.out)$/.test(entry.name))
  .map(({ name }) => name);

/** What can be added, as the table calls it, and the names of all there are. A file that contains all of them is a list of them. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'a note': parse(readText('docs/openapi.yaml')).components.schemas.Notes.items['x-extensible-enum'],
  'a problem': Object.keys(PROBLEM_TYPES),
  'an alarm': headingsOf('docs/operations.md', 'Alarms of an environment'),
  'an Airflow release': Object.keys(INSTALLABLE_RELEASES),
  'a command of `mwaa`': readdirSync(`${ROOT}client/mwaa`)
    .filter((name) => name.endsWith('-command.ts'))
    .map((name) => `mwaa ${name.slice(0, -'-command.ts'.length).replace('-', ' ')}`),
  'a configuration key': propertiesOf(JSON.parse(readText('config/schema.json'))),
  'a fault': Object.keys(FAULTS),
};

/** The headings of level 3 in a section of a page. */
function headingsOf(page: string, section: string): string[] {
  const [, text = ''] = readText(page).split(`\n## ${section}\n`);
  return [...(text.split('\n## ')[0] ?? '').matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading);
}

/** The names of all properties of a JSON schema. */
function propertiesOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(propertiesOf)];
}

/** Every source and page, by its path. */
const FILES = new Map(
  FOLDERS.flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
    .filter((file) => /\.(?:ts|mjs|md|yaml|json)$/.test(file) && !/\/(?:fixtures|transcripts|catalogs)\//.test(file))
    .map((file) => [file, readFileSync(ROOT + file, 'utf8')]),
);

/** The files that name every one of a kind. */
const listsOf = (members: readonly string[]): string[] =>
  members.length === 0
    ? []
    : [...FILES].filter(([, text]) => members.every((member) => text.includes(member))).map(([file]) => file);

/** The files and folders that a cell names. */
const pathsIn = (cell: string): string[] => [...cell.matchAll(/`([\w.-]+\/[\w./-]*)`/g)].map(([, path = '']) => path);

/** A path with a word in capitals stands for a file for each of them. */
function isThere(path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  if (!existsSync(ROOT + folder)) return false;
  const name = path
    .slice(folder.length)
    .replaceAll('.', '\\.')
    .replace(/[A-Z]{3,}/, '.+');
  return name === '' || readdirSync(ROOT + folder).some((one) => new RegExp(`^${name}$`).test(one));
}

/** What is wrong with the table of what is touched together. */
function faultsOf(page: string): string[] {
  const rows = new Map(tableOf(page, 'when you add').map(([what = '', touched = '']) => [what, pathsIn(touched)]));
  return [
    ...Object.keys(KINDS)
      .filter((what) => !rows.has(what))
      .map((what) => `no row: ${what}`),
    ...[...rows.values()]
      .flat()
      .filter((path) => !isThere(path))
      .map((path) => `no such file: ${path}`),
    ...[...rows].flatMap(([what, paths]) =>
      listsOf(KINDS[what] ?? [])
        .filter((file) => !paths.includes(file))
        .map((file) => `lists them all, and is not in the row of ${what}: ${file}`),
    ),
  ];
}

describe('CONTRIBUTING.md says which files belong together', () => {
  test('for each kind there is a row with every file that lists all of the kind, and every file of a row is there', () => {
    expect(faultsOf(PAGE)).toEqual([]);
  });

  test.each(Object.entries(KINDS))('there are lists of every %s', (_what, members) => {
    expect(members.length).toBeGreaterThan(5);
    expect(listsOf(members).length).toBeGreaterThan(0);
  });

  test.each([
    ['a row that is missing', /^\| a fault .*\n/m, '', 'no row: a fault'],
    [
      'a file that is not there',
      '`local/mwaa/faults.ts`',
      '$&, `local/mwaa/gone.ts`',
      'no such file: local/mwaa/gone.ts',
    ],
    [
      'a list that the row leaves out',
      /`docs\/openapi.yaml`(?=.*\n\| an alarm)/,
      '',
      expect.stringMatching(/^lists them all, .*a problem: docs\/openapi\.yaml$/),
    ],
  ])('a planted fault is found: %s', (_planted, text, by, fault) => {
    expect(faultsOf(PAGE.replace(text, by))).toEqual([fault]);
  });
});

test('CONTRIBUTING.md has every folder, each below those that it imports', () => {
  const named = tableOf(PAGE, 'folder').map(([cell = '']) => cell.replace(/^`(.+)\/`$/, '$1'));
  const imports = Object.entries(IMPORT_RULES).flatMap(([folder, others]) =>
    others.map((other) => [folder.split('/')[0]!, other.split('/')[0]!] as const),
  );

  expect([...named].sort()).toEqual(FOLDERS.sort());
  expect(imports.filter(([folder, other]) => named.indexOf(other) > named.indexOf(folder))).toEqual([]);
});

test('CONTRIBUTING.md names scripts of package.json', () => {
  const { scripts } = JSON.parse(readText('package.json'));
  const named = [...PAGE.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
