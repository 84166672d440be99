/**
 * Characters that cannot be seen, or that change how the text around them is shown: control and format characters (bidirectional and
 * zero-width marks, escape sequences), unpaired surrogates, line separators, fillers, and every space except the usual one.
 */
// A function, because reading the classes of characters takes almost a millisecond.
const createPattern = (): RegExp => /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** Text from outside for a log or a terminal, on one line: characters that cannot be seen are shown as `\u202e` or `\u{e0001}`. */
export const escapeInvisible = (text: string): string =>
  text.replace(createPattern(), (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
