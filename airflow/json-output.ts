/**
 * Finds what a command printed with `--output json`: the last complete JSON list of objects that begins at the start of a
 * line and ends at the end of one, among log lines, warnings and what DAG files print. Its lines may be many.
 *
 * The time it takes grows with the length of the text, whatever stands in it: brackets are paired in one pass, and only
 * what they pair is read as JSON.
 *
 * @param shapes keys that every object of this command's answer has, in one release or another
 * @param least how many objects it has at least
 * @returns the list, or undefined when there is none
 */
export function findJsonOutput(
  stdout: string,
  shapes: readonly (readonly string[])[] = [[]],
  least = 0,
): readonly object[] | undefined {
  const spans = findBracketSpans(stdout);
  let before = stdout.length;
  let wasted = 0;
  for (let at = spans.length - 1; at >= 0 && wasted <= MAX_FAILED_PARSE_RATIO * stdout.length; at--) {
    const { start, end } = spans[at]!;
    // Inside of a value that was read: a part of it, and no answer.
    if (start >= before) continue;
    const value = tryParseJson(stdout.slice(start, end));
    if (value === undefined) wasted += end - start;
    else if (hasShape(value, shapes) && value.length >= least) return value;
    else before = start;
  }
  return undefined;
}

/** How much may be read in vain, in lengths of the text: spans may lie within each other. */
const MAX_FAILED_PARSE_RATIO = 4;

/** From an opening bracket to behind the closing one. */
interface BracketSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Where brackets pair from the start of a line to the end of one, in the order of their ends. A JSON string holds no line
 * end, so a string that is open there, or a bracket that closes another kind, is in no value.
 */
function findBracketSpans(text: string): BracketSpan[] {
  const spans: BracketSpan[] = [];
  let open: { readonly start: number; readonly closes: string; readonly leads: boolean }[] = [];
  let leads = true;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\n') {
      leads = true;
    } else if (character === '[' || character === '{') {
      open.push({ start: at, closes: character === '[' ? ']' : '}', leads });
      leads = false;
    } else if (character === ']' || character === '}') {
      const opened = open.pop();
      if (opened?.closes !== character) open = [];
      else if (opened.leads && isEndOfLine(text, at + 1)) spans.push({ start: opened.start, end: at + 1 });
      leads = false;
    } else if (character === '"') {
      const closed = findEndOfString(text, at + 1);
      if (text[closed] !== '"') open = [];
      at = text[closed] === '"' ? closed : closed - 1;
      leads = false;
    } else if (!isBlank(character)) {
      leads = false;
    }
  }
  return spans;
}

/** Where the quotation ends: at its closing mark, or at the end of the line or text that leaves it open. */
function findEndOfString(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"' && text[at] !== '\n')
    at += text[at] === '\\' && text[at + 1] !== '\n' ? 2 : 1;
  return Math.min(at, text.length);
}

function isEndOfLine(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && isBlank(text[at]!)) at++;
  return at === text.length || text[at] === '\n';
}

const isBlank = (character: string): boolean => character === ' ' || character === '\t' || character === '\r';

/** Airflow prints a list of objects, all with the same keys. */
function hasShape(value: unknown, shapes: readonly (readonly string[])[]): value is readonly object[] {
  if (!Array.isArray(value)) return false;
  return shapes.some((keys) => value.every((one) => isObject(one) && keys.every((key) => Object.hasOwn(one, key))));
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
