import { type Argument, nameOf } from './catalogue.ts';
import { checkArgument } from './characters.ts';
import { readsJson } from './json-arguments.ts';
import { Refusal } from './refusal.ts';

/**
 * Checks a value where the check is exact: integers, choices, JSON. Dates and paths are left to Airflow.
 *
 * @throws Refusal `invalid-value`, `forbidden-character`
 */
export function checkValue(argument: Argument, value: string): void {
  const name = nameOf(argument);
  checkArgument(argument, name, value);
  const expected = expectation(argument, value);
  if (expected !== undefined) {
    const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    throw new Refusal('invalid-value', `${name} must be ${expected}, not "${shown}".`);
  }
}

/** What the argument expects, if the value is not that. */
function expectation(argument: Argument, value: string): string | undefined {
  const { type, choices } = argument;
  if (choices) {
    const seen = type === 'lowercase' ? value.trim().toLowerCase() : value;
    return choices.some((choice) => String(choice) === seen) ? undefined : `one of ${choices.join(', ')}`;
  }
  if (readsJson(argument)) return isJson(value) ? undefined : 'JSON';
  switch (type) {
    case 'integer':
      return /^[+-]?\d{1,18}$/.test(value) ? undefined : 'a whole number';
    case 'positive-integer':
      return /^\+?\d{1,18}$/.test(value) && Number(value) > 0 ? undefined : 'a whole number above 0';
    case 'non-negative-integer':
      return /^\+?\d{1,18}$/.test(value) ? undefined : 'a whole number, 0 or more';
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(value) ? undefined : 'a number';
    default:
      return undefined;
  }
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
