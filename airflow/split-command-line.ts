import { Refusal } from './refusal.ts';

/**
 * Splits a command's text into words exactly as Python's `shlex.split` does, which is how MWAA is thought to read it: the
 * quoting of a POSIX shell, no expansions, no comments. (npm's `shlex` also reads bash's `$'…'`, which Python's does not.)
 *
 * @throws Refusal `unreadable` when a quotation is not closed or the text ends in a backslash
 */
export function splitCommandLine(text: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\' && quote !== "'") {
      const next = text[++at];
      if (next === undefined) throw new Refusal('unreadable', 'The command ends in a backslash: quote or remove it.');
      const literal = quote === '"' && next !== '"' && next !== '\\';
      word = (word ?? '') + (literal ? character + next : next);
    } else if (character === quote) {
      quote = '';
    } else if (quote !== '') {
      word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (!' \t\r\n'.includes(character)) {
      word = (word ?? '') + character;
    } else if (word !== undefined) {
      found.push(word);
      word = undefined;
    }
  }
  if (quote !== '') throw new Refusal('unreadable', `A ${quote} in the command is not closed.`);
  if (word !== undefined) found.push(word);
  return found;
}
