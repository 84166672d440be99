import { hasTooManyBrackets } from './parse-json.ts';
import { skipEmptyLinesBefore, type TextSpan } from './text-lines.ts';

/**
 * Finds the last JSON list or object of a text that ends a line. It may follow other text on its first line, and it may span several
 * lines. Accepts what Python prints as JSON, `NaN` and `Infinity` included.
 *
 * @param accepts whether a value is the one to find. Not called for values that only Python reads
 */
export function findJsonText(text: string, accepts: (value: unknown) => boolean = () => true): TextSpan | undefined {
  const budget: Budget = { characters: MAX_PARSED_RATIO * text.length + MIN_PARSED };
  // A line that begins at 0 is the last one that is searched: `lastIndexOf` reads a position below 0 as 0.
  for (let lineEnd = skipEmptyLinesBefore(text, text.length); lineEnd > 0 && budget.characters > 0; ) {
    const lineStart = text.lastIndexOf('\n', lineEnd - 1) + 1;
    const end = lineStart + trimLineEnd(text.slice(lineStart, lineEnd)).length;
    const last = text[end - 1];
    const span =
      end > lineStart && (last === ']' || last === '}')
        ? findSpanBefore(text, lineStart, end, accepts, budget)
        : undefined;
    if (span !== undefined) return span;
    if (lineStart === 0) return undefined;
    lineEnd = skipEmptyLinesBefore(text, lineStart - 1);
  }
  return undefined;
}

/** How many characters may still be parsed in vain. */
interface Budget {
  characters: number;
}
const MAX_PARSED_RATIO = 8;
const MIN_PARSED = 10_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with a control character
const trimLineEnd = (line: string): string => line.replace(/(?:\s|\u001b\[[0-9;]*m)+$/, '');

/** Searches the line of `end` from the left, then the starts of the lines above. */
function findSpanBefore(
  text: string,
  lineStart: number,
  end: number,
  accepts: (value: unknown) => boolean,
  budget: Budget,
): TextSpan | undefined {
  const opening = text[end - 1] === ']' ? '[' : '{';
  const isValue = (start: number): boolean => {
    budget.characters -= end - start;
    if (hasTooManyBrackets(text, start, end)) return false;
    const value = parsePythonJson(text.slice(start, end));
    return value !== undefined && accepts(value);
  };
  // Airflow prints lists of objects, and objects with keys: text before them rarely looks like that.
  for (const likely of opening === '[' ? ['[{', '[]', '['] : ['{"', '{']) {
    for (
      let start = text.indexOf(likely, lineStart);
      start !== -1 && start < end;
      start = text.indexOf(likely, start + 1)
    ) {
      if (budget.characters <= 0) return undefined;
      if (isValue(start)) return { start, end };
    }
  }
  for (let above = lineStart - 1; above > 0 && budget.characters > 0; ) {
    const start = text.lastIndexOf('\n', above - 1) + 1;
    if (text[start] === opening && isValue(start)) return { start, end };
    above = start - 1;
  }
  return undefined;
}

const PYTHON_TOKENS = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/NaN|Infinity/.test(text)) return undefined;
  }
  try {
    return JSON.parse(text.replace(PYTHON_TOKENS, (token) => (token.startsWith('"') ? token : 'null')));
  } catch {
    return undefined;
  }
}
