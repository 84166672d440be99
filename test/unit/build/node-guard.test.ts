import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { NODE_GUARD } from '../../../bin/build/node-guard.ts';

/** Runs the guard as the first statement of a program. */
function runGuard(version: string, getBuiltinModule: unknown) {
  const printed: string[] = [];
  const exitCodes: number[] = [];
  runInNewContext(NODE_GUARD, {
    process: { version, getBuiltinModule, exit: (code: number) => exitCodes.push(code) },
    console: { error: (line: string) => printed.push(line) },
    require: () => path,
    __filename: '/usr/lib/node_modules/mwaa-cli-proxy/dist/bin/airflow.cjs',
  });
  return { printed, exitCodes };
}

test('a program says in one line which Node.js it needs', () => {
  expect(runGuard('v18.20.8', undefined)).toEqual({
    printed: ['airflow: Node.js 20.16, 22.3, or newer is needed. This is v18.20.8.'],
    exitCodes: [78],
  });
});

test('a program runs with a Node.js that it supports', () => {
  expect(runGuard(process.version, process.getBuiltinModule)).toEqual({ printed: [], exitCodes: [] });
});

test('the guard has only syntax that old versions know', () => {
  expect(NODE_GUARD).not.toMatch(/=>|`|\b(?:const|let|import|export|async)\b|\?\.|\?\?/);
});
