import { type Comparison, compareRounds, type Spread, summarize } from './statistics.ts';

/** What one part found: texts and tables of `RESULTS.md`. */
export interface Section {
  /** Paragraphs before the tables. */
  readonly notes: readonly string[];
  readonly tables: readonly Table[];
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A measurement, one value a round. */
export interface Measurement {
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** What it is compared with, in the same rounds. */
  readonly rival?: { readonly name: string; readonly values: readonly number[]; readonly comparison: Comparison };
  /** The most that the comparison may be, or without a rival, the measurement. */
  readonly goal?: number;
}

/** Creates the table of measurements: each with its rival, and whether it meets its goal. */
export const createMeasurementTable = (measurements: readonly Measurement[]): Table => ({
  columns: ['what', 'ours', 'rival', 'compared', 'goal', 'met'],
  rows: measurements.map(createRow),
});

function createRow({ what, unit, ours, rival, goal }: Measurement): string[] {
  const own = summarize(ours);
  const compared = rival === undefined ? undefined : compareRounds(ours, rival.values, rival.comparison);
  const comparedUnit = rival?.comparison === 'ratio' ? 'times' : unit;
  const judged = compared ?? own;
  return [
    what,
    `${formatSpread(own)} ${unit}`,
    rival === undefined ? '' : `${rival.name}: ${formatSpread(summarize(rival.values))} ${unit}`,
    compared === undefined
      ? ''
      : `${rival?.comparison === 'ratio' ? '' : formatSign(compared)}${formatSpread(compared)} ${comparedUnit}`,
    goal === undefined
      ? ''
      : `≤ ${goal} ${comparedUnit === 'times' || rival === undefined ? (rival === undefined ? unit : 'times') : unit}`,
    goal === undefined ? '' : judge(judged, goal),
  ];
}

const formatSign = ({ median }: Spread): string => (median > 0 ? '+' : '');

/** A goal between the quartiles is neither surely met nor surely missed. */
function judge({ median, lower, upper }: Spread, goal: number): string {
  const verdict = median <= goal ? 'yes' : 'no';
  return lower <= goal && goal < upper ? `${verdict}, within the spread` : verdict;
}

/** The median, with the quartiles unless they are the same. */
export function formatSpread({ median, lower, upper }: Spread): string {
  const text = formatNumber(median);
  const range = `${formatNumber(lower)} to ${formatNumber(upper)}`;
  return range === `${text} to ${text}` ? text : `${text} (${range})`;
}

/** Three significant digits, and all digits before the decimal point. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1))));
}

export const formatTable = ({ columns, rows }: Table): string =>
  [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
