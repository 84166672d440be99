import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findRuleFolder, IMPORT_RULES, mayImport, mayImportPackage, PURE_FOLDERS } from './import-rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Reads the source files of a top-level folder. The paths are relative to the root of the repository. */
const readFolder = (folder: string): [file: string, source: string][] =>
  readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .map((file) => [file, readFileSync(`${ROOT}/${file}`, 'utf8')]);

const TOP_LEVEL_FOLDERS = [...new Set(Object.keys(IMPORT_RULES).map((folder) => folder.split('/')[0]!))];
const sources = new Map([...TOP_LEVEL_FOLDERS, 'test'].flatMap(readFolder));

const IMPORT = /^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** Lists the static, dynamic and type imports of a file: files by their path from the root of the repository, packages by name. */
const readImports = (file: string, source: string): string[] =>
  [...source.matchAll(IMPORT)]
    .map(([, ...specifiers]) => specifiers.find((specifier) => specifier !== undefined)!)
    .map((specifier) => (specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier));

/** The imports of each file, without packages. */
type ImportGraph = ReadonlyMap<string, readonly string[]>;

const graph: ImportGraph = new Map(
  [...sources].map(([file, source]) => [file, readImports(file, source).filter((target) => sources.has(target))]),
);

/** Lists the imports that the rules do not allow, as `file -> target`. */
function findForbiddenImports(file: string, source: string): string[] {
  const folder = findRuleFolder(file);
  return readImports(file, source)
    .filter((target) => (target.endsWith('.ts') ? !mayImport(file, target) : !mayImportPackage(folder, target)))
    .map((target) => `${file} -> ${target}`);
}

/** Finds import cycles: groups of files that import each other, by Tarjan's algorithm for strongly connected components. */
function findCycles(imports: ImportGraph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    stack.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1 || imports.get(file)?.includes(file)) cycles.push(group.sort());
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return cycles;
}

/** Names that must not occur in a pure folder. */
const IMPURE = /\b(process|console|Date\.now|performance|setTimeout|fetch|Math\.random|globalThis)\b/;

const removeComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

test.each(TOP_LEVEL_FOLDERS)('%s/ imports only what the rules allow', (folder) => {
  const files = [...sources].filter(([file]) => file.startsWith(`${folder}/`));
  expect(files.flatMap(([file, source]) => findForbiddenImports(file, source))).toEqual([]);
});

test('the rules allow no cycle between folders', () => {
  const folders = Object.keys(IMPORT_RULES);
  const allowedImports = folders.map((folder): [string, string[]] => [
    folder,
    folders.filter(
      (other) => other !== folder && mayImport(`${folder}/x.ts`, other.endsWith('.ts') ? other : `${other}/x.ts`),
    ),
  ]);
  expect(findCycles(new Map(allowedImports))).toEqual([]);
});

test('there are no import cycles', () => {
  expect(findCycles(graph)).toEqual([]);
});

test.each(Object.keys(PURE_FOLDERS))('%s/ has no I/O, environment variables, clock or logger', (folder) => {
  const files = [...sources].filter(([file]) => file.startsWith(`${folder}/`));
  expect(files.filter(([, source]) => IMPURE.test(removeComments(source))).map(([file]) => file)).toEqual([]);
});

describe('the checks find a planted violation', () => {
  test.each([
    ['airflow/x.ts', "import { readFileSync } from 'node:fs';"],
    ['airflow/x.ts', "const fs = await import('node:fs');"],
    ['config/x.ts', "import { Stack } from 'aws-cdk-lib';"],
    ['lambda/relay/x.ts', "import { Stack } from 'aws-cdk-lib';"],
    ['mwaa/cli/x.ts', "import type { Construct } from 'constructs';"],
    ['client/mwaa/x.ts', "const { RestApi } = await import('aws-cdk-lib/aws-apigateway');"],
    ['bin/x.ts', "import { AwsSolutionsChecks } from 'cdk-nag';"],
    ['policy/x.ts', "import { Problem } from '../contract/problem.ts';"],
    ['contract/x.ts', "import type { Catalog } from '../airflow/catalog.ts';"],
    ['mwaa/cli/x.ts', "import { RELAY_FUNCTION } from '../../lambda/relay/relay.ts';"],
    ['mwaa/connection/x.ts', "import type { SendCommand } from '../cli/send-command.ts';"],
    ['lambda/front/x.ts', "import type { AuditRecord } from '../relay/audit-record.ts';"],
    ['lib/x.ts', "import type { AuditRecord } from '../lambda/relay/audit-record.ts';"],
    ['client/airflow/x.ts', "export { runMwaa } from '../mwaa/run-mwaa.ts';"],
    ['client/x.ts', "import { runAirflow } from './airflow/run-airflow.ts';"],
    ['local/gateway/template/x.ts', "import { findRoute } from '../front/find-route.ts';"],
  ])('%s: %s', (file, source) => {
    expect(findForbiddenImports(file, source)).toHaveLength(1);
  });

  test('but no import that the rules allow', () => {
    expect(findForbiddenImports('policy/x.ts', "import { parse } from '../airflow/parse-invocation.ts';")).toEqual([]);
    expect(findForbiddenImports('config/x.ts', "import { z } from 'zod';")).toEqual([]);
    expect(findForbiddenImports('lib/api/x.ts', "import { RestApi } from 'aws-cdk-lib/aws-apigateway';")).toEqual([]);
    expect(findForbiddenImports('client/mwaa/x.ts', "import { a } from '../exit-codes.ts';")).toEqual([]);
  });

  test.each(['import', 'import type'])('%s that closes a cycle', (keyword) => {
    const file = 'airflow/refusal.ts';
    const source = `${sources.get(file)}\n${keyword} { parseInvocation } from './parse-invocation.ts';`;
    const planted = new Map([...graph, [file, readImports(file, source)] as const]);
    expect(findCycles(planted)).toContainEqual(expect.arrayContaining([file, 'airflow/parse-invocation.ts']));
  });

  test('a clock', () => {
    expect(IMPURE.test('const now = Date.now();')).toBe(true);
  });
});
