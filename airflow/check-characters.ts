import type { Argument } from './catalog.ts';
import { isIdentifier } from './identifiers.ts';
import { Refusal } from './refusal.ts';

/** The control characters except tab and newline: C0, DEL and C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
const CONTROL_CHARACTER = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
const CONTROL_CHARACTER_TAB_OR_NEWLINE = /[\x00-\x1f\x7f-\x9f]/;

/**
 * Rejects control characters, and unpaired surrogates, which have no UTF-8 encoding. Tab and newline are allowed here, because free
 * text (SQL, certificates, formatted JSON) contains them.
 *
 * @throws Refusal `forbidden-character`
 */
export function checkCharacters(word: string): void {
  const found = CONTROL_CHARACTER.exec(word);
  if (found) throw createForbiddenCharacterRefusal(found[0], 'the command');
  if (!word.isWellFormed())
    throw new Refusal('forbidden-character', 'The command contains an unpaired surrogate. Send well-formed Unicode.');
}

/**
 * Rejects tab and newline in identifiers. Also rejects the value `--`, because Python releases differ in which `--` they drop.
 *
 * @throws Refusal `forbidden-character`, `invalid-value`
 */
export function checkArgumentCharacters(argument: Argument, name: string, value: string): void {
  if (value === '--') throw new Refusal('invalid-value', `${name} cannot be "--". Choose another value.`);
  const found = isIdentifier(argument) ? CONTROL_CHARACTER_TAB_OR_NEWLINE.exec(value) : null;
  if (found) throw createForbiddenCharacterRefusal(found[0], name);
}

function createForbiddenCharacterRefusal(character: string, where: string): Refusal {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return new Refusal('forbidden-character', `The control character U+${code} is not allowed in ${where}. Remove it.`);
}
