/** Splits a text into its sentences. A period in quotation marks ends none. */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let isQuoted = false;
  for (const part of text.split(/(?<=[.?]"?) /)) {
    if (isQuoted) sentences[sentences.length - 1] += ` ${part}`;
    else sentences.push(part);
    if (part.split('"').length % 2 === 0) isQuoted = !isQuoted;
  }
  return sentences;
}
