import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Which rooms a room may import. A name with a slash is a single file. */
const MAY_IMPORT: Record<string, readonly string[]> = {
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
  client: ['airflow', 'policy', 'lib', 'lambda/mwaa', 'lambda/problem.ts', 'lambda/problem-types.ts'],
  local: ['airflow', 'lib', 'client'],
  bin: ['airflow', 'policy', 'lib', 'client', 'local', 'lambda/names.ts'],
};

/** Rooms that may import no package and nothing of Node. */
const PURE = ['airflow', 'policy'];

/** What a pure room may not name. */
const IMPURE = /\b(process|console|Date\.now|performance|setTimeout|fetch|Math\.random|globalThis)\b/;

interface Violation {
  file: string;
  imports: string;
}

/** The imports of a file that its room may not have. */
function violations(file: string, source: string): Violation[] {
  const room = file.split('/')[0]!;
  const allowed = MAY_IMPORT[room]!;
  return [...source.matchAll(/^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)]
    .map(([, ...specifiers]) => specifiers.find((one) => one !== undefined)!)
    .filter((specifier) => {
      if (!specifier.startsWith('.')) return PURE.includes(room);
      const target = relative(ROOT, resolve(ROOT, dirname(file), specifier))
        .split(sep)
        .join('/');
      const inRoom = target.startsWith(`${room}/`);
      return !inRoom && !allowed.some((one) => target === one || target.startsWith(`${one}/`));
    })
    .map((imports) => ({ file, imports }));
}

function sources(room: string): { file: string; source: string }[] {
  return readdirSync(`${ROOT}/${room}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${room}/${name.split(sep).join('/')}`)
    .map((file) => ({ file, source: readFileSync(`${ROOT}/${file}`, 'utf8') }));
}

describe.each(Object.keys(MAY_IMPORT))('%s/', (room) => {
  test('imports only the rooms it may', () => {
    expect(sources(room).flatMap(({ file, source }) => violations(file, source))).toEqual([]);
  });
});

test.each(PURE)('%s/ holds no I/O, environment, clock or logger', (room) => {
  const code = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  expect(
    sources(room)
      .filter(({ source }) => IMPURE.test(code(source)))
      .map(({ file }) => file),
  ).toEqual([]);
});

test('a planted violation is found', () => {
  expect(violations('airflow/x.ts', "import { readFileSync } from 'node:fs';")).toHaveLength(1);
  expect(violations('policy/x.ts', "import { problem } from '../lambda/problem.ts';")).toHaveLength(1);
  expect(violations('lib/x.ts', "import type { A } from '../lambda/relay/audit.ts';")).toHaveLength(1);
  expect(violations('lambda/x.ts', "import { a } from '../local/stack.ts';")).toHaveLength(1);
  expect(violations('airflow/x.ts', "const a = await import('node:fs');")).toHaveLength(1);
  expect(violations('policy/x.ts', "import { parse } from '../airflow/parse.ts';")).toEqual([]);
  expect(IMPURE.test('const now = Date.now();')).toBe(true);
});
