/** Repetitions (`*`, `+`, `{n,m}`) and optional parts (`?`) that one regular expression may have. */
const MAX_REPETITIONS = 3;
const MAX_OPTIONAL = 8;

/** An open group of a regular expression. */
interface Group {
  /** Its text can be matched in several ways: it contains a quantifier or an alternative. */
  isAmbiguous: boolean;
}

/**
 * Whether Python's `re` can take very long for a short text, because the expression matches it in too many ways. `(.+)+!` takes more
 * than 20 seconds for a name of 26 characters. Airflow 3 matches with `re`; most releases of 2.x use `re2`, which is linear.
 */
export function isCostlyExpression(expression: string): boolean {
  if (HIDES_QUANTIFIERS.test(expression)) return true;
  const groups: Group[] = [{ isAmbiguous: false }];
  let closed: Group | undefined;
  let repetitions = 0;
  let optional = 0;
  for (let at = 0; at < expression.length; ) {
    const group = groups.at(-1)!;
    QUANTIFIER.lastIndex = at;
    const quantifier = QUANTIFIER.exec(expression)?.[0];
    if (quantifier !== undefined) {
      const repeats = !quantifier.startsWith('?');
      if (repeats) repetitions++;
      else optional++;
      if (repeats && closed?.isAmbiguous) return true;
      group.isAmbiguous = true;
      closed = undefined;
      at += quantifier.length;
      continue;
    }
    closed = undefined;
    const character = expression[at]!;
    if (character === '(') {
      groups.push({ isAmbiguous: false });
      if (expression[at + 1] === '?') at++;
    } else if (character === ')' && groups.length > 1) {
      closed = groups.pop()!;
      if (closed.isAmbiguous) groups.at(-1)!.isAmbiguous = true;
    } else if (character === '|') group.isAmbiguous = true;
    at += measureAtom(expression, at);
  }
  return repetitions > MAX_REPETITIONS || optional > MAX_OPTIONAL;
}

/** A quantifier, and the sign that makes it lazy or possessive. */
const QUANTIFIER = /(?:[*+?]|\{\d*,?\d*\})[?+]?/y;

/** A comment, or the flag that ignores white space: both may stand between a group and its quantifier. */
const HIDES_QUANTIFIERS = /\(\?(?:#|[a-zA-Z]*x)/;

/** The length of a character, an escape or a character class. In a class, quantifiers are ordinary characters. */
function measureAtom(expression: string, at: number): number {
  if (expression[at] === '\\') return 2;
  if (expression[at] !== '[') return 1;
  let end = at + (expression[at + 1] === '^' ? 2 : 1);
  // The first `]` of a class is an ordinary character.
  if (expression[end] === ']') end++;
  while (end < expression.length && expression[end] !== ']') end += expression[end] === '\\' ? 2 : 1;
  return end + 1 - at;
}
