import { Refusal } from './refusal.ts';

/**
 * Splits a command line into words exactly as Python's `shlex.split` does, which MWAA is assumed to use: the quoting of a POSIX shell,
 * no expansions, no comments. (npm's `shlex` also supports bash's `$'…'`, which Python's does not.)
 *
 * @throws Refusal `unreadable` if a quote is not closed or the text ends with a backslash
 */
export function splitCommandLine(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\' && quote !== "'") {
      const next = text[++at];
      if (next === undefined) throw new Refusal('unreadable', 'The command ends with a backslash. Quote or remove it.');
      const isLiteral = quote === '"' && next !== '"' && next !== '\\';
      word = (word ?? '') + (isLiteral ? character + next : next);
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
      words.push(word);
      word = undefined;
    }
  }
  if (quote !== '')
    throw new Refusal('unreadable', `A ${quote} in the command is not closed. Add the closing ${quote}.`);
  if (word !== undefined) words.push(word);
  return words;
}
