/** Header of a request that says how long it waits for a slot. Source: RFC 7240. */
export const PREFER_HEADER = 'prefer';
/** Header of the response that confirms it. */
export const PREFERENCE_APPLIED_HEADER = 'preference-applied';

/** Optional whitespace. Each pattern below takes the whitespace after it, so that there is one way to match a text. */
const SPACE = '[ \\t]*';
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
/** A name with an optional value, which may be empty. */
const PAIR = `(${TOKEN})${SPACE}(?:=${SPACE}(?:(${TOKEN}|${QUOTED})${SPACE})?)?`;
/** One preference with its parameters, of which `wait` has none. */
const PREFERENCE = new RegExp(`^${PAIR}(?:;${SPACE}(?:${PAIR})?)*$`);
/** One element of a list. A comma in a quoted string does not end it. A string that is not closed extends to the end. */
const ELEMENT = /(?:[^",]|"(?:[^"\\]|\\.?)*(?:"|$))+/g;

/**
 * Reads `wait` from the header `Prefer`: the number of seconds, or undefined if the request does not have it. Preferences that are
 * malformed or not known are ignored. If `wait` occurs more than once, the first occurrence wins, also if its value is malformed.
 *
 * @param values all headers of that name, in their order
 */
export function readPreferWait(values: readonly string[]): number | undefined {
  for (const element of values.flatMap((value) => value.match(ELEMENT) ?? [])) {
    const [, name, value = ''] = PREFERENCE.exec(element.trim()) ?? [];
    if (name?.toLowerCase() === 'wait') return readSeconds(value);
  }
  return undefined;
}

function readSeconds(value: string): number | undefined {
  const text = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

export interface QueueWait {
  readonly seconds: number;
  /** Value of the header `Preference-Applied`, if the request had a preference. */
  readonly preferenceApplied?: string;
}

/** How long a request waits for a slot: as it prefers, at most the maximum, or the default. */
export function resolveQueueWait(preferred: number | undefined, defaultSeconds: number, maxSeconds: number): QueueWait {
  if (preferred === undefined) return { seconds: Math.min(defaultSeconds, maxSeconds) };
  const seconds = Math.min(preferred, maxSeconds);
  return { seconds, preferenceApplied: `wait=${seconds}` };
}
