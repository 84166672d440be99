import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../client/exit-codes.ts';
import { DIRECT_STEPS, MWAA_API_STEPS } from '../../client/operator/doctor/directly.ts';
import { CALLER_STEPS, FUNCTION_STEPS } from '../../client/operator/doctor/through-proxy.ts';
import { VARIABLES } from '../../client/settings.ts';
import { EVENTS, MEASURES } from '../../lambda/metric-names.ts';
import { PROBLEM_TYPES } from '../../lambda/problem-types.ts';
import { LIMITS } from '../../lib/config/limits.ts';
import { TIME_OUTS } from '../../lib/config/time-outs.ts';
import { SETS } from '../../policy/sets.ts';

/** The lines of a page, each with single spaces. */
const linesOf = (page: string): string[] =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));

test('docs/api.md has the table of problems', () => {
  const rows = Object.entries(PROBLEM_TYPES).map(([code, { status, title, retrySafe, retryAfterSeconds }]) => {
    const wait = retryAfterSeconds === undefined ? '' : `${retryAfterSeconds} s `;
    return `| \`${code}\` | ${status} | ${retrySafe ? 'yes' : 'no'} | ${wait}| ${title} |`;
  });
  expect(linesOf('api.md').filter((line) => /^\| `[a-z-]+` \| \d{3} \| (yes|no)/.test(line))).toEqual(rows);
});

test('docs/api.md has the time-outs and limits with their defaults', () => {
  const rows = Object.entries({ ...TIME_OUTS, ...LIMITS }).map(([key, value]) => `| \`${key}\` | ${value} |`);
  const found = linesOf('api.md').map((line) => /^\| `\w+(?:Seconds|Bytes)` \| \d+ \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(rows);
});

test('docs/api.md has the table of metrics', () => {
  const rows = Object.entries({ ...MEASURES, ...EVENTS }).map(([name, unit]) => `| \`${name}\` | ${unit} |`);
  const found = linesOf('api.md').map((line) => /^\| `\w+` \| (?:Count|Milliseconds) \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(rows);
});

/** Repeated by `curl --retry`, the AWS SDKs and proxies without being asked to. */
const REPEATED = [408, 429, 500, 502, 503, 504];

test('a status that clients repeat by themselves stands only where a repeat does nothing twice', () => {
  const repeated = Object.entries(PROBLEM_TYPES).filter(([, { status }]) => REPEATED.includes(status));
  // An internal error is one only before the command is sent: after it, the relay answers `outcome-unknown`.
  expect(repeated.filter(([, { retrySafe }]) => !retrySafe).map(([code]) => code)).toEqual(['internal-error']);
});

test('docs/policy.md has the table of sets', () => {
  const rows = Object.entries(SETS).map(([name, { why }]) => `| \`${name}\` | ${why} |`);
  expect(linesOf('policy.md').filter((line) => line.startsWith('| `@'))).toEqual(rows);
});

test('docs/clients.md has the settings with their variables, and the exit codes', () => {
  const lines = linesOf('clients.md');
  const settings = Object.entries(VARIABLES).map(([key, variable]) => `| \`${key}\` | \`${variable}\` |`);
  const found = lines.map((line) => /^\| `\w+` \| `[A-Z_]+` \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(settings);
  const codes = lines.map((line) => /^\| (\d+) \|/.exec(line)?.[1]);
  expect(codes.filter((code) => code !== undefined).map(Number)).toEqual(Object.values(EXIT));
});

test.each([
  ['caller', CALLER_STEPS],
  ['function', FUNCTION_STEPS],
  ['direct', [...DIRECT_STEPS, ...MWAA_API_STEPS]],
])('docs/operations.md has the table of the steps of mwaa doctor: %s', (side, steps) => {
  const lines = linesOf('operations.md');
  const head = lines.findIndex((line) => line.startsWith(`| ${side}: step |`));
  const rows = lines.slice(head + 2, lines.indexOf('', head));
  expect(rows.map((row) => /^\| `(.+?)` \|/.exec(row)?.[1])).toEqual([...steps]);
});
