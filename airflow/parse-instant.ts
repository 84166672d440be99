/**
 * Parses a date and time to microseconds since the epoch. Parses only ISO 8601 forms that every release reads alike. Airflow reads more
 * (`2026-11-Jan`, `20261128`, `2026-W48`), and its releases differ. Without an offset the time is UTC, Airflow's default time zone.
 *
 * @returns undefined for every other form
 */
export function parseInstant(text: string): bigint | undefined {
  const match = ISO_FORMS.exec(text);
  if (match === null) return undefined;
  const [, date = '', hourAndMinute = '00:00', second = '00', fraction = '', offset = 'Z'] = match;
  // Date.parse accepts the 31st of every month, and 24:00.
  const milliseconds = Date.parse(`${date}T${hourAndMinute}:${second}Z`);
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== date) return undefined;
  const offsetMilliseconds = parseOffset(offset);
  if (offsetMilliseconds === undefined) return undefined;
  return BigInt(milliseconds - offsetMilliseconds) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

const ISO_FORMS = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

function parseOffset(offset: string): number | undefined {
  if (offset === 'Z') return 0;
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
