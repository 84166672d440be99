import type { Argument } from './catalog.ts';
import { isIdentifier } from './identifiers.ts';
import { Refusal } from './refusal.ts';

/** The control characters except tab and line ends: C0, DEL and C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
const CONTROL_CHARACTER = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
const CONTROL_CHARACTER_TAB_OR_LINE_END = /[\x00-\x1f\x7f-\x9f]/;

/**
 * Rejects control characters, and unpaired surrogates, which have no UTF-8 encoding. Tab, newline and carriage return are allowed
 * here, because free text (SQL, certificates, formatted JSON) contains them.
 *
 * @throws Refusal `forbidden-character`
 */
export function checkCharacters(argv: readonly string[]): void {
  for (const [index, word] of argv.entries()) {
    const found = CONTROL_CHARACTER.exec(word);
    if (found) throw createForbiddenCharacterRefusal(found[0], describeWord(argv, index), 'Remove it.');
    if (!word.isWellFormed()) {
      const detail = `${describeWord(argv, index)} contains an unpaired surrogate. Send well-formed Unicode.`;
      throw new Refusal('forbidden-character', detail.replace(/^w/, 'W'));
    }
  }
}

/** A word by its number, with the option that it belongs to. The word itself may be secret. */
function describeWord(argv: readonly string[], index: number): string {
  const [own] = /^--?[a-z][a-z-]*(?==)/i.exec(argv[index]!) ?? [];
  const [before] = /^--?[a-z][a-z-]*$/i.exec(argv[index - 1] ?? '') ?? [];
  const option = own === undefined ? (before === undefined ? '' : `, after ${before}`) : `, ${own}`;
  return `word ${index + 1} of the command${option}`;
}

/**
 * Rejects tab and line ends in identifiers. Also rejects the value `--`, because Python releases differ in which `--` they drop.
 *
 * @throws Refusal `forbidden-character`, `invalid-value`
 */
export function checkArgumentCharacters(argument: Argument, name: string, value: string): void {
  if (value === '--') throw new Refusal('invalid-value', `${name} cannot be "--". Choose another value.`);
  const found = isIdentifier(argument) ? CONTROL_CHARACTER_TAB_OR_LINE_END.exec(value) : null;
  if (!found) return;
  const remedy = value.endsWith('\r') ? 'Remove it: the file that it comes from has Windows line ends.' : 'Remove it.';
  throw createForbiddenCharacterRefusal(found[0], name, remedy);
}

function createForbiddenCharacterRefusal(character: string, where: string, remedy: string): Refusal {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return new Refusal('forbidden-character', `The control character U+${code} is not allowed in ${where}. ${remedy}`);
}
