import type { Argument } from './catalog.ts';
import { isIdentifier } from './identifiers.ts';
import { Refusal } from './refusal.ts';

/** C0 without tab and newline, DEL, C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTER = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTER_TAB_OR_NEWLINE = /[\x00-\x1f\x7f-\x9f]/;

/**
 * Refuses what no command line may carry: control characters and halves of surrogate pairs, which have no UTF-8 form.
 * Tab and newline are kept in free text (SQL, certificates, formatted JSON).
 *
 * @throws Refusal `forbidden-character`
 */
export function checkCharacters(word: string): void {
  const found = CONTROL_CHARACTER.exec(word);
  if (found) throw createForbiddenCharacterRefusal(found[0], 'the command');
  if (!word.isWellFormed()) throw new Refusal('forbidden-character', 'The command holds half of a surrogate pair.');
}

/**
 * Refuses tab and newline too in arguments that name a thing, and a value that is exactly `--`: Python releases differ
 * in which `--` they drop.
 *
 * @throws Refusal `forbidden-character`, `invalid-value`
 */
export function checkArgumentCharacters(argument: Argument, name: string, value: string): void {
  if (value === '--') throw new Refusal('invalid-value', `${name} cannot be "--".`);
  const found = isIdentifier(argument) ? CONTROL_CHARACTER_TAB_OR_NEWLINE.exec(value) : null;
  if (found) throw createForbiddenCharacterRefusal(found[0], name);
}

function createForbiddenCharacterRefusal(character: string, where: string): Refusal {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return new Refusal('forbidden-character', `The control character U+${code} is not allowed in ${where}.`);
}
