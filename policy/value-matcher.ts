import type { Grammar } from '../airflow/argument-grammar.ts';
import { type Glob, parseGlob } from './glob.ts';
import { parseDateRange, parseNumberRange, parseWallClockRange, type ValueRange } from './value-range.ts';

/** What a rule requires of the value of an argument. */
export interface ValueMatcher extends Glob {
  /** The text is a range, such as `2026-11-01..2026-11-30`. */
  readonly isRange?: true;
}

/** The texts that a rule can contain for a grammar, beside `*` and one exact value. */
interface RuleForms {
  /** @returns undefined if the text is none of them */
  parse(text: string): ValueMatcher | undefined;
  /** The forms, for a message. */
  readonly description?: string;
}

const GLOBS: RuleForms = { parse: parseNameGlob };
const NONE: RuleForms = { parse: () => undefined };
const DATE_RANGES = 'a range such as 2026-11-01.. or 2026-11-01..2026-11-30';

/** Where a star would match more than it appears to, no form contains one: `2026-11-*` would match `2026-11-Jan`, which is 11 January. */
const RULE_FORMS: Readonly<Record<Grammar, RuleForms>> = {
  switch: GLOBS,
  name: GLOBS,
  text: GLOBS,
  choice: GLOBS,
  path: { parse: parsePathGlob },
  list: { parse: parseListGlobs },
  number: { parse: createRangeParser(parseNumberRange), description: 'a range such as 1..100' },
  date: { parse: createRangeParser(parseDateRange), description: DATE_RANGES },
  'wall-clock-date': { parse: createRangeParser(parseWallClockRange), description: DATE_RANGES },
  'date-or-run-id': {
    parse: parseRunIdGlob,
    description: 'the beginning of a run id with a letter first and a "_" before the "*", such as manual__*',
  },
  'exclusion-list': NONE,
  json: { parse: parseExactJson },
  'regular-expression': NONE,
  uri: NONE,
  expression: NONE,
};

/**
 * Parses the value of an argument in a rule.
 *
 * @param grammar undefined: nobody has decided how Airflow reads the value
 * @throws Error that says what to write instead. The message continues the name of the argument.
 */
export function parseValueMatcher(grammar: Grammar | undefined, text: string): ValueMatcher {
  const glob = parseGlob(text);
  if (glob.matchesAll) return glob;
  const { parse, description } = grammar === undefined ? NONE : RULE_FORMS[grammar];
  const matcher = parse(text);
  if (matcher) return matcher;
  if (!text.includes('*')) return glob;
  const forms = description === undefined ? '"*" or one exact value' : `"*", one exact value, or ${description}`;
  throw new Error(`must be ${forms}, not "${text}".`);
}

/** Describes what a value must be, for a denial: `must match a or b*`. */
export function describeExpectedValue(matchers: readonly ValueMatcher[]): string {
  const verb = matchers.some(({ isRange }) => isRange) ? 'be within' : 'match';
  return `must ${verb} ${matchers.map(({ text, isRange }) => (isRange ? `"${text}"` : text)).join(' or ')}`;
}

/** A star does not match a parent folder: `/tmp/*` does not match `/tmp/../etc`. */
function parseNameGlob(text: string): ValueMatcher {
  const glob = parseGlob(text);
  if (!text.includes('*')) return glob;
  return { ...glob, matches: (value) => glob.matches(value) && !/(?:^|\/)\.\.(?:\/|$)/.test(value) };
}

/** Airflow replaces `~` and `~user` at the start of a path by a home folder. A star does not match them. */
function parsePathGlob(text: string): ValueMatcher {
  const glob = parseNameGlob(text);
  const [firstFolder = ''] = text.split('/');
  if (!firstFolder.includes('*')) return glob;
  return { ...glob, matches: (value) => glob.matches(value) && !value.startsWith('~') };
}

/** Every item of a value must match one of the items of the rule. */
function parseListGlobs(text: string): ValueMatcher {
  const globs = splitList(text).map(parseNameGlob);
  return {
    text,
    prefix: '',
    matchesAll: false,
    matches: (value) => splitList(value).every((item) => globs.some((glob) => glob.matches(item))),
  };
}

/**
 * A star is safe behind a letter and a `_`: no text that begins so is a date for Airflow. With a digit first, some are: pendulum 2.1
 * reads `2026W48_`. `tools/dates/record-dates.ts` records what Airflow's parsers read.
 */
function parseRunIdGlob(text: string): ValueMatcher | undefined {
  return /^[A-Za-z][^*]*_/.test(text) ? parseNameGlob(text) : undefined;
}

/** The same JSON, whatever blanks are between its tokens: a REST request has none. Numbers and keys are compared as they are written. */
function parseExactJson(text: string): ValueMatcher | undefined {
  if (text.includes('*')) return undefined;
  const compact = removeBlanks(text);
  return { text, prefix: '', matchesAll: false, matches: (value) => value === text || removeBlanks(value) === compact };
}

const removeBlanks = (json: string): string =>
  json.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\n\r]+/g, (_, string: string | undefined) => string ?? '');

function createRangeParser(parseRange: (text: string) => ValueRange | undefined): RuleForms['parse'] {
  return (text) => {
    const range = parseRange(text);
    return range && { text, prefix: '', matchesAll: false, isRange: true, matches: range.contains };
  };
}

/** Splits a list as Airflow does. `trim` would also remove U+FEFF, which Python keeps. */
const splitList = (text: string): string[] => text.split(',').map(trimBlanks);

function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && ' \t\n'.includes(text[start]!)) start++;
  while (end > start && ' \t\n'.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}
