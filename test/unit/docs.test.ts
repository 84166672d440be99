import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import { DIRECT_STEPS, MWAA_API_STEPS } from '../../client/mwaa/doctor/diagnose-direct.ts';
import { CALLER_STEPS, FUNCTION_STEPS } from '../../client/mwaa/doctor/diagnose-proxy.ts';
import { SETTING_VARIABLES } from '../../client/setting-variables.ts';
import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { DEFAULT_TIMEOUTS } from '../../config/timeouts.ts';
import { ALARM_METRICS, REQUEST_METRICS } from '../../contract/metric-names.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { COMMAND_SETS } from '../../policy/command-sets.ts';

/** The lines of a page, each with single spaces. */
const readPageLines = (page: string): string[] =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));

test('docs/api.md has the table of problems', () => {
  const rows = Object.entries(PROBLEM_TYPES).map(([code, { status, title, retrySafe, retryAfterSeconds }]) => {
    const wait = retryAfterSeconds === undefined ? '' : `${retryAfterSeconds} s `;
    return `| \`${code}\` | ${status} | ${retrySafe ? 'yes' : 'no'} | ${wait}| ${title} |`;
  });
  expect(readPageLines('api.md').filter((line) => /^\| `[a-z-]+` \| \d{3} \| (yes|no)/.test(line))).toEqual(rows);
});

test('docs/api.md has the timeouts and limits with their defaults', () => {
  const rows = Object.entries({ ...DEFAULT_TIMEOUTS, ...DEFAULT_LIMITS }).map(
    ([key, value]) => `| \`${key}\` | ${value} |`,
  );
  const found = readPageLines('api.md').map((line) => /^\| `\w+(?:Seconds|Bytes)` \| \d+ \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(rows);
});

test('docs/api.md has the table of metrics', () => {
  const rows = Object.entries({ ...REQUEST_METRICS, ...ALARM_METRICS }).map(
    ([name, unit]) => `| \`${name}\` | ${unit} |`,
  );
  const found = readPageLines('api.md').map((line) => /^\| `\w+` \| (?:Count|Milliseconds) \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(rows);
});

/** Repeated by `curl --retry`, the AWS SDKs and proxies without being asked to. */
const AUTO_RETRIED_STATUSES = [408, 429, 500, 502, 503, 504];

test('a status that clients repeat by themselves stands only where a repeat does nothing twice', () => {
  const repeated = Object.entries(PROBLEM_TYPES).filter(([, { status }]) => AUTO_RETRIED_STATUSES.includes(status));
  // An internal error is one only before the command is sent: after it, the relay answers `outcome-unknown`.
  expect(repeated.filter(([, { retrySafe }]) => !retrySafe).map(([code]) => code)).toEqual(['internal-error']);
});

test('docs/policy.md has the table of sets', () => {
  const rows = Object.entries(COMMAND_SETS).map(([name, { description }]) => `| \`${name}\` | ${description} |`);
  expect(readPageLines('policy.md').filter((line) => line.startsWith('| `@'))).toEqual(rows);
});

test('docs/clients.md has the settings with their variables, and the exit codes', () => {
  const lines = readPageLines('clients.md');
  const settings = Object.entries(SETTING_VARIABLES).map(([key, variable]) => `| \`${key}\` | \`${variable}\` |`);
  const found = lines.map((line) => /^\| `\w+` \| `[A-Z_]+` \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(settings);
  const codes = lines.map((line) => /^\| (\d+) \|/.exec(line)?.[1]);
  expect(codes.filter((code) => code !== undefined).map(Number)).toEqual(Object.values(EXIT_CODES));
});

test.each([
  ['caller', CALLER_STEPS],
  ['function', FUNCTION_STEPS],
  ['direct', [...DIRECT_STEPS, ...MWAA_API_STEPS]],
])('docs/operations.md has the table of the steps of mwaa doctor: %s', (side, steps) => {
  const lines = readPageLines('operations.md');
  const head = lines.findIndex((line) => line.startsWith(`| ${side}: step |`));
  const rows = lines.slice(head + 2, lines.indexOf('', head));
  expect(rows.map((row) => /^\| `(.+?)` \|/.exec(row)?.[1])).toEqual([...steps]);
});
