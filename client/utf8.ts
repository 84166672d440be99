/**
 * Decodes the bytes of a file. Keeps a byte order mark, as Python does.
 *
 * @throws TypeError if they are not UTF-8
 */
export const decodeUtf8 = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

/**
 * Finds a word that is probably not what the user typed: Node.js replaces bytes of a word that are not UTF-8 by U+FFFD.
 *
 * @returns a sentence that says what to do, or undefined
 */
export function describeChangedWord(words: readonly string[]): string | undefined {
  const index = words.findIndex((word) => word.includes('\ufffd'));
  if (index === -1) return undefined;
  return `Word ${index + 1} has bytes that are not UTF-8, or the character U+FFFD. Nothing was sent. Convert it to UTF-8, for example with iconv.`;
}
