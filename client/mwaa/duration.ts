import { UsageError } from '../terminal.ts';

const MS_PER_UNIT = { s: 1000, m: 60_000, h: 3_600_000 } as const;
const MAX_DURATION_MS = 7 * 24 * MS_PER_UNIT.h;

/** Parses `90s`, `30m` or `2h`. A bare number is seconds. @returns milliseconds @throws UsageError */
export function parseDuration(text: string, option: string): number {
  const [, number, unit = 's'] = /^(\d+)([smh]?)$/.exec(text) ?? [];
  const ms = Number(number) * MS_PER_UNIT[(unit || 's') as keyof typeof MS_PER_UNIT];
  if (ms > 0 && ms <= MAX_DURATION_MS) return ms;
  throw new UsageError(`${option} ${text} is not a duration of up to 7 days. Examples: 90s, 30m, 2h.`);
}

/** Formats a duration with its two largest units: `45s`, `3m 12s`, `2h 5m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const first = parts.findIndex((part) => part > 0);
  if (first === -1) return '0s';
  return parts
    .map((part, index) => `${part}${'hms'[index]}`)
    .slice(first, first + 2)
    .filter((text) => !text.startsWith('0'))
    .join(' ');
}
