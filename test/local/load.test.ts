import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrokenGuarantees, type LoadReport, runLoad } from '../load/run-load.ts';
import { type FaultyStack, startFaultyStack } from './faulty-stack.ts';

let stack: FaultyStack;

beforeAll(async () => {
  stack = await startFaultyStack(['patient']);
});
afterAll(() => stack?.close());

// `npm run load` runs a longer load test.
test('thirty concurrent callers get a result or a problem that is safe to retry, and every run is in the database exactly once', async () => {
  const report = await runLoad(stack, { callers: 30, seconds: 12 });
  console.table(report.responses);
  if (report.runs === undefined)
    console.error('SKIPPED: counting the runs in the database, because there is no real Airflow on this machine');

  expect(findBrokenGuarantees(report)).toEqual([]);
  expect(Object.keys(report.responses)).toEqual(expect.arrayContaining(['trigger 200 works', 'read 200 works']));
  // Without rejected requests the load was too small to test anything.
  expect(Object.keys(report.responses).some((answer) => /throttled|gateway-error/.test(answer))).toBe(true);
  if (report.runs) expect(report.runs.inDatabase).toBeGreaterThan(0);
});

const goodReport: LoadReport = {
  responses: {},
  callersWithoutSuccess: 0,
  refusedWithoutRetryAfter: [],
  unexpected: [],
  mostAtOnce: 2,
  concurrency: 2,
  runs: {
    inDatabase: 1,
    confirmed: 1,
    doubled: [],
    lost: [],
    unexpectedRuns: [],
    unknownOutcomes: 0,
    unknownOutcomesThatRan: 0,
  },
  memoryMb: { warm: 100, end: 110 },
};
const runs = goodReport.runs!;

test.each<[string, Partial<LoadReport>]>([
  ['refused without Retry-After', { refusedWithoutRetryAfter: ['429 throttled'] }],
  ['answered: 500 internal-error', { unexpected: ['500 internal-error'] }],
  ['3 commands at once', { mostAtOnce: 3 }],
  ['doubled: r1', { runs: { ...runs, doubled: ['r1'] } }],
  ['lost: r1', { runs: { ...runs, lost: ['r1'] } }],
  ['nobody was told of: r1', { runs: { ...runs, unexpectedRuns: ['r1'] } }],
  ['memory grew', { memoryMb: { warm: 100, end: 200 } }],
])('the load test reports a broken guarantee: %s', (words, changes) => {
  expect(findBrokenGuarantees(goodReport)).toEqual([]);
  expect(findBrokenGuarantees({ ...goodReport, ...changes })).toEqual([expect.stringContaining(words)]);
});
