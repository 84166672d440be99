import type { Part } from '../part.ts';
import { findPeakRate, type Scenario, simulateQueue } from '../simulate-queue.ts';
import { findQuantile } from '../statistics.ts';

const common = {
  slots: 2,
  rate: 'bucket',
  service: 'random',
  serviceMs: 4000,
  arrivals: 0,
  patienceMs: Number.POSITIVE_INFINITY,
} as const;
const COUNTS = [1, 3, 6, 20, 200, 600];

const scenarios: Scenario[] = [
  ...(['bucket', 'window'] as const).flatMap((rate) =>
    [0, 10].flatMap((arrivals) =>
      (['fixed', 'random'] as const).flatMap((service) =>
        COUNTS.map((callers) => ({ ...common, rate, arrivals, service, callers })),
      ),
    ),
  ),
  ...[200, 1000].flatMap((serviceMs) => [6, 20, 200].map((callers) => ({ ...common, serviceMs, callers }))),
  // Requests for the REST API: ten slots, and some milliseconds each.
  ...[100, 200, 500].flatMap((serviceMs) => [50, 200].map((callers) => ({ ...common, slots: 10, serviceMs, callers }))),
  ...[1, 4].map((slots) => ({ ...common, slots, callers: 200 })),
  ...[200, 600].map((callers) => ({ ...common, callers, patienceMs: 60_000 })),
  { ...common, callers: 1200, arrivals: 10, patienceMs: 60_000 },
  { ...common, callers: 1000, arrivals: 0.45, patienceMs: 60_000 },
];

const COLUMNS = [
  'rate',
  'slots',
  'service',
  'callers',
  'per s',
  'served',
  'busy',
  'tries each',
  'over rate',
  'tries/s',
  'tries/s >30s',
  'wait p50',
  'p95',
  'max',
  'ideal p50',
  'max',
] as const;

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** Simulates callers that wait for the slots of one environment. Time is virtual, and the same seeds are used in every run. */
export const queue: Part = {
  title: 'Waiting for a slot, simulated',
  rounds: 1,
  run: async () => ({ notes: NOTES, tables: [{ columns: COLUMNS, rows: scenarios.map(simulate) }] }),
};

const NOTES = [
  `tries/s: the highest mean of 10 seconds after the first 10 seconds; >30s: of 60 seconds after the first 30 seconds. Times are in seconds.
Patience is unlimited; with an asterisk, it is 60 seconds. The ideal is a queue that serves the first caller first, without a limit.`,
];

function simulate(scenario: Scenario): string[] {
  const result = simulateQueue(scenario);
  const { waits, idealWaits, tryTimes } = result;
  return [
    scenario.rate,
    scenario.slots,
    `${scenario.service} ${seconds(scenario.serviceMs)} s`,
    scenario.callers,
    scenario.arrivals === 0 ? 'all' : scenario.arrivals,
    Number.isFinite(scenario.patienceMs) ? `${result.served}*` : result.served,
    percent(result.busy),
    (tryTimes.length / scenario.callers).toFixed(1),
    percent(result.rateRejected),
    findPeakRate(tryTimes, 10_000, 10_000).toFixed(1),
    findPeakRate(tryTimes, 30_000, 60_000).toFixed(1),
    seconds(findQuantile(waits, 0.5)),
    seconds(findQuantile(waits, 0.95)),
    seconds(Math.max(...waits)),
    seconds(findQuantile(idealWaits, 0.5)),
    seconds(Math.max(...idealWaits)),
  ].map(String);
}
