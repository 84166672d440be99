import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Which rooms a room may import. A name with a slash is a single file. */
const ALLOWED_IMPORTS: Record<string, readonly string[]> = {
  airflow: [],
  policy: ['airflow'],
  lambda: ['airflow', 'policy'],
  lib: [
    'airflow',
    'policy',
    ...['authorizer', 'directory', 'environment'].map((name) => `lambda/${name}-file.ts`),
    ...['metric-names', 'names', 'problem-types'].map((name) => `lambda/${name}.ts`),
  ],
  // Without a proxy the client goes to MWAA itself, the way the relay does.
  client: ['airflow', 'policy', 'lib', 'lambda/mwaa', 'contract/problem.ts', 'contract/problem-types.ts'],
  local: ['airflow', 'lib', 'client'],
  bin: ['airflow', 'policy', 'lib', 'client', 'local', 'contract/function-names.ts'],
};

/** Rooms that may import no package and nothing of Node. */
const PURE_FOLDERS = ['airflow', 'policy'];

/** What a pure room may not name. */
const IMPURE_NAMES = /\b(process|console|Date\.now|performance|setTimeout|fetch|Math\.random|globalThis)\b/;

interface Violation {
  file: string;
  imports: string;
}

/** The imports of a file that its room may not have. */
function findViolations(file: string, source: string): Violation[] {
  const room = file.split('/')[0]!;
  const allowed = ALLOWED_IMPORTS[room]!;
  return [...source.matchAll(/^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)]
    .map(([, ...specifiers]) => specifiers.find((one) => one !== undefined)!)
    .filter((specifier) => {
      if (!specifier.startsWith('.')) return PURE_FOLDERS.includes(room);
      const target = relative(ROOT, resolve(ROOT, dirname(file), specifier))
        .split(sep)
        .join('/');
      const inRoom = target.startsWith(`${room}/`);
      return !inRoom && !allowed.some((one) => target === one || target.startsWith(`${one}/`));
    })
    .map((imports) => ({ file, imports }));
}

function readSources(room: string): { file: string; source: string }[] {
  return readdirSync(`${ROOT}/${room}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${room}/${name.split(sep).join('/')}`)
    .map((file) => ({ file, source: readFileSync(`${ROOT}/${file}`, 'utf8') }));
}

describe.each(Object.keys(ALLOWED_IMPORTS))('%s/', (room) => {
  test('imports only the rooms it may', () => {
    expect(readSources(room).flatMap(({ file, source }) => findViolations(file, source))).toEqual([]);
  });
});

test.each(PURE_FOLDERS)('%s/ holds no I/O, environment, clock or logger', (room) => {
  const code = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  expect(
    readSources(room)
      .filter(({ source }) => IMPURE_NAMES.test(code(source)))
      .map(({ file }) => file),
  ).toEqual([]);
});

test('a planted violation is found', () => {
  expect(findViolations('airflow/x.ts', "import { readFileSync } from 'node:fs';")).toHaveLength(1);
  expect(findViolations('policy/x.ts', "import { problem } from '../contract/problem.ts';")).toHaveLength(1);
  expect(findViolations('lib/x.ts', "import type { A } from '../lambda/relay/audit-log.ts';")).toHaveLength(1);
  expect(findViolations('lambda/x.ts', "import { a } from '../local/local-stack.ts';")).toHaveLength(1);
  expect(findViolations('airflow/x.ts', "const a = await import('node:fs');")).toHaveLength(1);
  expect(findViolations('policy/x.ts', "import { parse } from '../airflow/parse-invocation.ts';")).toEqual([]);
  expect(IMPURE_NAMES.test('const now = Date.now();')).toBe(true);
});
