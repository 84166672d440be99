import { type Argument, getArgumentName } from './catalog.ts';
import { checkArgumentCharacters } from './check-characters.ts';
import { isJsonArgument } from './json-arguments.ts';
import { Refusal, truncateForMessage } from './refusal.ts';

/**
 * Checks a value where the check is exact, as argparse does: integers, choices, JSON. Dates and paths are left to Airflow.
 *
 * @throws Refusal `invalid-value`, `forbidden-character`
 */
export function checkArgumentValue(argument: Argument, value: string): void {
  const name = getArgumentName(argument);
  checkArgumentCharacters(argument, name, value);
  const expected = describeExpectedValue(argument, value);
  if (expected !== undefined)
    throw createInvalidValueRefusal(argument, expected, argument.type === 'json' ? undefined : value);
}

/**
 * Checks values that Airflow reads as JSON after its parser is done: of a repeated option only the last is kept, and read.
 *
 * @throws Refusal `invalid-value`
 */
export function checkJsonValues(argument: Argument, values: readonly string[]): void {
  if (!isJsonArgument(argument)) return;
  const expected = values.map(describeExpectedJson).find((fault) => fault !== undefined);
  if (expected !== undefined) throw createInvalidValueRefusal(argument, expected);
}

/** The value is told back where it is a number or a choice. JSON may hold what nobody else should see. */
function createInvalidValueRefusal(argument: Argument, expected: string, value?: string): Refusal {
  const not = value === undefined ? '' : `, not "${truncateForMessage(value)}"`;
  return new Refusal('invalid-value', `${getArgumentName(argument)} must be ${expected}${not}.`);
}

/** What the argument expects, if the value is not that. */
function describeExpectedValue(argument: Argument, value: string): string | undefined {
  const { type, choices } = argument;
  if (choices) {
    // Only ASCII is read leniently: JavaScript trims U+FEFF, which Python keeps.
    const seen = type === 'lowercase' && /^[ -~]*$/.test(value) ? value.trim().toLowerCase() : value;
    return choices.some((choice) => String(choice) === seen) ? undefined : `one of ${choices.join(', ')}`;
  }
  switch (type) {
    case 'json':
      return describeExpectedJson(value);
    case 'integer':
      return /^[+-]?\d{1,18}$/.test(value) ? undefined : 'a whole number';
    case 'positive-integer':
      return /^\+?\d{1,18}$/.test(value) && Number(value) > 0 ? undefined : 'a whole number above 0';
    case 'non-negative-integer':
      return /^\+?\d{1,18}$/.test(value) ? undefined : 'a whole number, 0 or more';
    case 'number':
      // No digit can be read in two ways: `\d+\.?\d*` takes quadratic time over many digits.
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(value) ? undefined : 'a number';
    default:
      return undefined;
  }
}

function describeExpectedJson(value: string): string | undefined {
  try {
    JSON.parse(value);
  } catch {
    return 'JSON';
  }
  return isWithinPythonJsonLimits(value)
    ? undefined
    : 'JSON that nests at most 500 deep, in whole numbers of at most 4,300 digits';
}

/** Python's `json` gives up on whole numbers of more than 4,300 digits, and on nesting by about 1,000. Wants valid JSON. */
function isWithinPythonJsonLimits(json: string): boolean {
  let depth = 0;
  let digits = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!;
    digits = !inText && character >= '0' && character <= '9' ? digits + 1 : 0;
    if (inText && character === '\\') at++;
    else if (character === '"') inText = !inText;
    else if (!inText && (character === '[' || character === '{')) depth++;
    else if (!inText && (character === ']' || character === '}')) depth--;
    if (depth > 500 || digits > 4300) return false;
  }
  return true;
}
