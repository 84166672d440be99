import { acceptsEmptyValue } from './argument-grammar.ts';
import { type Argument, getArgumentName, isRequired } from './catalog.ts';
import { checkArgumentCharacters } from './check-characters.ts';
import { describeCostBound } from './cost-bounds.ts';
import { isJsonArgument } from './json-arguments.ts';
import { Refusal, truncateForMessage } from './refusal.ts';

/**
 * Validates the values of types that can be checked exactly as argparse checks them: integers, choices, JSON. Airflow itself
 * validates dates and paths. Rejects empty values that Airflow would treat as no value.
 *
 * @throws Refusal `invalid-value`, `forbidden-character`
 */
export function checkArgumentValue(argument: Argument, value: string): void {
  const name = getArgumentName(argument);
  checkArgumentCharacters(argument, name, value);
  const expected = describeExpectedValue(argument, value) ?? describeCostBound(argument, value);
  if (expected !== undefined)
    throw createInvalidValueRefusal(argument, expected, argument.type === 'json' ? undefined : value);
  if (value === '' && !acceptsEmptyValue(argument)) {
    const remedy = isRequired(argument) ? 'Write a value.' : 'Omit it if there is no value.';
    throw new Refusal('invalid-value', `${name} cannot be empty. ${remedy}`);
  }
}

/**
 * Validates values that Airflow parses as JSON after argparse has finished. If an option is repeated, `values` contains only the last
 * value, because Airflow ignores the others.
 *
 * @throws Refusal `invalid-value`
 */
export function checkJsonValues(argument: Argument, values: readonly string[]): void {
  if (!isJsonArgument(argument)) return;
  const expected = values.map(describeExpectedJson).find((description) => description !== undefined);
  if (expected !== undefined) throw createInvalidValueRefusal(argument, expected);
}

/** The message repeats the value of a number or choice, but not JSON, which may contain secrets. */
function createInvalidValueRefusal(argument: Argument, expected: string, value?: string): Refusal {
  const actual = value === undefined ? '' : `, not "${truncateForMessage(value)}"`;
  return new Refusal('invalid-value', `${getArgumentName(argument)} must be ${expected}${actual}.`);
}

/** Describes the expected value, or returns undefined if the value is valid. */
function describeExpectedValue(argument: Argument, value: string): string | undefined {
  const { type, choices } = argument;
  if (choices) {
    // Only ASCII is normalized: JavaScript trims U+FEFF, which Python keeps.
    const normalized = type === 'lowercase' && /^[ -~]*$/.test(value) ? value.trim().toLowerCase() : value;
    return choices.some((choice) => String(choice) === normalized) ? undefined : `one of ${choices.join(', ')}`;
  }
  switch (type) {
    case 'json':
      return describeExpectedJson(value);
    case 'integer':
      return /^[+-]?\d{1,18}$/.test(value) ? undefined : 'an integer';
    case 'positive-integer':
      return /^\+?\d{1,18}$/.test(value) && Number(value) > 0 ? undefined : 'an integer greater than 0';
    case 'non-negative-integer':
      return /^\+?\d{1,18}$/.test(value) ? undefined : 'an integer of 0 or more';
    case 'number':
      // Each digit matches in one place only: `\d+\.?\d*` would take quadratic time for many digits.
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(value) ? undefined : 'a number';
    default:
      return undefined;
  }
}

/** Describes the expected JSON, or returns undefined if the value is valid. */
function describeExpectedJson(value: string): string | undefined {
  try {
    const json: unknown = JSON.parse(value);
    if (SURROGATE_ESCAPE.test(value) && !isWellFormed(json)) return 'JSON without unpaired surrogates';
  } catch {
    return 'valid JSON';
  }
  return isWithinPythonJsonLimits(value)
    ? undefined
    : 'JSON with at most 500 levels of nesting and at most 4,300 digits in a number';
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Airflow stores an unpaired surrogate, and its REST API then fails for every list that has it. */
function isWellFormed(json: unknown): boolean {
  if (typeof json === 'string') return json.isWellFormed();
  if (typeof json !== 'object' || json === null) return true;
  return Object.entries(json).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
}

/** Python's `json` rejects integers of more than 4,300 digits and about 1,000 levels of nesting. Requires valid JSON. */
export function isWithinPythonJsonLimits(json: string): boolean {
  let depth = 0;
  let digits = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!;
    digits = !inString && character >= '0' && character <= '9' ? digits + 1 : 0;
    if (inString && character === '\\') at++;
    else if (character === '"') inString = !inString;
    else if (!inString && (character === '[' || character === '{')) depth++;
    else if (!inString && (character === ']' || character === '}')) depth--;
    if (depth > 500 || digits > 4300) return false;
  }
  return true;
}
