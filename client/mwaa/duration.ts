import { UsageError } from '../terminal.ts';

const MS_PER_UNIT = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `90s`, `30m`, `2h`; a bare number is seconds. @returns milliseconds @throws UsageError */
export function parseDuration(text: string, option: string): number {
  const [, number, unit = 's'] = /^(\d+)([smh]?)$/.exec(text) ?? [];
  const ms = Number(number) * MS_PER_UNIT[(unit || 's') as keyof typeof MS_PER_UNIT];
  if (ms > 0 && ms <= MS_PER_UNIT.h * 24 * 7) return ms;
  throw new UsageError(`${option} ${text} is no time of a week at most: write 90s, 30m or 2h.`);
}

/** For people, by its two largest units: `45s`, `3m 12s`, `2h 5m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const words = parts.map((part, index) => `${part}${'hms'[index]}`);
  const first = parts.findIndex((part) => part > 0);
  return first === -1
    ? '0s'
    : words
        .slice(first, first + 2)
        .filter((word) => !word.startsWith('0'))
        .join(' ');
}
