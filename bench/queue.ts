/**
 * Simulates callers that wait for the slots of one environment: `npm run bench:queue`. Time is virtual, and the same seeds are used
 * in every run. Patience is unlimited unless the row says otherwise.
 */
import { findPeakRate, type Scenario, simulateQueue } from './simulate-queue.ts';

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
  ...[1, 4].map((slots) => ({ ...common, slots, callers: 200 })),
  ...[200, 600].map((callers) => ({ ...common, callers, patienceMs: 60_000 })),
  { ...common, callers: 1200, arrivals: 10, patienceMs: 60_000 },
  { ...common, callers: 1000, arrivals: 0.45, patienceMs: 60_000 },
];

const COLUMNS: readonly (readonly [string, number])[] = [
  ['rate', 8],
  ['slots', 6],
  ['service', 14],
  ['callers', 8],
  ['per s', 6],
  ['served', 7],
  ['busy', 6],
  ['tries each', 11],
  ['over rate', 10],
  ['tries/s', 8],
  ['tries/s >30s', 13],
  ['wait p50', 9],
  ['p95', 7],
  ['max', 7],
  ['ideal p50', 10],
  ['max', 7],
];

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

console.log(
  'tries/s: the highest mean of 10 seconds after the first 10 seconds; >30s: of 60 seconds after the first 30 seconds',
);
console.log(COLUMNS.map(([title, width]) => title.padStart(width)).join(''));
for (const scenario of scenarios) {
  const result = simulateQueue(scenario);
  const { waits, idealWaits, tryTimes } = result;
  const cells = [
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
    seconds(quantile(waits, 0.5)),
    seconds(quantile(waits, 0.95)),
    seconds(Math.max(...waits)),
    seconds(quantile(idealWaits, 0.5)),
    seconds(Math.max(...idealWaits)),
  ];
  console.log(cells.map((cell, index) => String(cell).padStart(COLUMNS[index]![1])).join(''));
}
console.log('* of the callers, each with a patience of 60 seconds. The ideal has no limit.');
