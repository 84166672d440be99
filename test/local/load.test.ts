import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrokenGuarantees, type LoadReport, runLoad } from '../load/run-load.ts';
import { type FaultyStack, startFaultyStack } from './faulty-stack.ts';

let stack: FaultyStack;

beforeAll(async () => {
  stack = await startFaultyStack(['patient']);
});
afterAll(() => stack?.close());

// `npm run load` runs a longer load test.
test('thirty concurrent callers get only results and expected problems, and every run is in the database exactly once', async () => {
  const report = await runLoad(stack, { callers: 30, seconds: 12 });
  console.table(report.responses);
  if (report.runs === undefined)
    console.error('SKIPPED: counting the runs in the database, because there is no real Airflow on this machine');

  expect(findBrokenGuarantees(report)).toEqual([]);
  expect(Object.keys(report.responses)).toEqual(
    expect.arrayContaining(['trigger 200 succeeded', 'read 200 succeeded']),
  );
  // Without rejected requests the load was too small to test anything.
  expect(Object.keys(report.responses).some((answer) => /throttled|gateway-error/.test(answer))).toBe(true);
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
