import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms } from '../../local/build-programs.ts';
import { createClientVariables } from '../../local/call-instructions.ts';
import { type CrowdCommand, findBrokenCrowdGuarantees, formatCrowdReport, runCrowd } from '../load/run-crowd.ts';
import { findBrokenGuarantees, type LoadReport, runLoad } from '../load/run-load.ts';
import { type FaultyStack, startFaultyStack } from './faulty-stack.ts';
import { installAirflowOnPath, runShell } from './run-shell.ts';
import { selectReleases } from './select-releases.ts';

let stack: FaultyStack;

beforeAll(async () => {
  stack = await startFaultyStack(['patient'], { timeouts: { queueSeconds: 30 } });
});
afterAll(() => stack?.close());

const SLOTS = 2;

// `npm run crowd` has 200 callers.
const CROWDS: readonly CrowdCommand[] = ['dags list-runs', 'dags trigger with a key'];
test.each(selectReleases(CROWDS, (command) => command === 'dags trigger with a key'))(
  'eight callers at the same moment, %s: each gets its result, and no more commands run at once than there are slots',
  async (command) => {
    const report = await runCrowd(stack, 8, command);
    console.log(formatCrowdReport(command, report).join('\n'));
    expect(findBrokenCrowdGuarantees(report, 8, SLOTS)).toEqual([]);
    // Otherwise nobody had to wait.
    expect(Object.keys(report.throttled)).not.toEqual([]);
  },
);

test('twenty shells at the same moment: airflow exits with 0 in each', async () => {
  const getProgramPath = await buildPrograms();
  const home = mkdtempSync(join(tmpdir(), 'crowd-'));
  const caller = stack.createCaller('data-engineer', 'shells');
  const variables = createClientVariables(stack.url, stack.region, 'patient', caller);
  const bin = await installAirflowOnPath(home, getProgramPath('airflow'));
  const script = `seq 20 | xargs -P20 -I{} sh -c 'airflow version > {}.out 2> {}.err; echo $? > {}.status'`;
  const environment = { ...variables, PATH: `${bin}:${process.env.PATH}`, HOME: home };
  expect(await runShell(script, home, environment)).toMatchObject({ exitCode: 0, stderr: '' });
  const read = (number: number, kind: string) => readFileSync(join(home, `${number}.${kind}`), 'utf8').trim();
  const shells = Array.from({ length: 20 }, (_, index) => index + 1);
  expect(shells.map((number) => [read(number, 'status'), read(number, 'out')])).toEqual(
    shells.map(() => ['0', '2.10.3']),
  );
  // Standard error has what Airflow and MWAA's log handlers print there, and nothing of the client.
  for (const number of shells) expect(read(number, 'err')).not.toContain('airflow (proxy)');
  expect(stack.mwaa.getMaxConcurrent('patient')).toBeLessThanOrEqual(SLOTS);
  rmSync(home, { recursive: true });
});

// `npm run load` runs a longer load test.
test('concurrent callers with and without keys get only results and expected problems, and every run is in the database exactly once', async () => {
  const report = await runLoad(stack, { callers: 8, seconds: 4 });
  console.table(report.responses);
  if (report.runs === undefined)
    console.error('SKIPPED: counting the runs in the database, because there is no real Airflow on this machine');

  expect(findBrokenGuarantees(report)).toEqual([]);
  expect(Object.keys(report.responses)).toEqual(
    expect.arrayContaining(['trigger 200 succeeded', 'read 200 succeeded']),
  );
  if (report.runs) expect(report.runs.inDatabase).toBeGreaterThan(0);
});

const goodReport: LoadReport = {
  responses: {},
  callersWithoutSuccess: 0,
  rejectedWithoutRetryAfter: [],
  unexpected: [],
  maxConcurrent: 2,
  concurrency: 2,
  runs: {
    inDatabase: 1,
    confirmed: 1,
    duplicated: [],
    lost: [],
    unexpectedRuns: [],
    unknownOutcomes: 0,
    unknownOutcomesThatRan: 0,
  },
  memoryMb: { warm: 100, end: 110 },
};
const runs = goodReport.runs!;

test.each<[string, Partial<LoadReport>]>([
  ['rejected without Retry-After', { rejectedWithoutRetryAfter: ['429 throttled'] }],
  ['unexpected responses: 500 internal-error', { unexpected: ['500 internal-error'] }],
  ['3 commands ran at the same time', { maxConcurrent: 3 }],
  ['runs more than once in the database: r1', { runs: { ...runs, duplicated: ['r1'] } }],
  ['confirmed runs missing in the database: r1', { runs: { ...runs, lost: ['r1'] } }],
  ['no response accounts for: r1', { runs: { ...runs, unexpectedRuns: ['r1'] } }],
  ['memory grew', { memoryMb: { warm: 100, end: 200 } }],
])('the load test reports a broken guarantee: %s', (message, changes) => {
  expect(findBrokenGuarantees(goodReport)).toEqual([]);
  expect(findBrokenGuarantees({ ...goodReport, ...changes })).toEqual([expect.stringContaining(message)]);
});
