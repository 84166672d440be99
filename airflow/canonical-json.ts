/**
 * Rewrites JSON so that two texts with the same value are equal: keys sorted, no blanks, each string and number in one spelling. Reads
 * what Python's `json` reads and writes, `NaN` and `Infinity` included. Integers keep all digits. `1`, `1.0` and `1e0` are the same
 * number: PostgreSQL's JSONB, in which Airflow 3 stores a conf, does not distinguish them either.
 *
 * @throws SyntaxError
 */
export function canonicalizeJson(text: string): string {
  // Strings and numbers become tagged strings, so that parsing neither rounds numbers nor mistakes one kind for the other.
  const tagged = text.replace(TOKENS, (token) =>
    JSON.stringify(token.startsWith('"') ? `s${JSON.parse(token)}` : `n${canonicalizeNumber(token)}`),
  );
  return stringifySorted(JSON.parse(tagged));
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/g;

/** Python reads a number without a fraction and exponent as an integer of any size, and every other number as a double. */
function canonicalizeNumber(token: string): string {
  if (/^-?\d+$/.test(token)) return String(BigInt(token));
  const value = Number(token);
  return Number.isInteger(value) ? String(BigInt(value)) : String(value);
}

function stringifySorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stringifySorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${stringifySorted(member)}`).join(',')}}`;
}
