import { escapeInvisible } from '../../airflow/escape-text.ts';

/** Lines of text of others: every character can be seen, and no line ends with anything but `\n`. */
export const toVisibleLines = (text: string): string =>
  text
    .split(/\r\n|\n|\r/)
    .map((line) => line.split('\t').map(escapeInvisible).join('\t'))
    .join('\n');

/** Text of others in Markdown, in a line of other text. It cannot end the code span. */
export function formatCodeSpan(text: string): string {
  const visible = escapeInvisible(text);
  if (visible.trim() === '') return '(empty)';
  const fence = '`'.repeat(findLongestRun(visible) + 1);
  // Markdown removes one space on each side.
  return `${fence} ${visible} ${fence}`;
}

/** Text of others in Markdown, in lines of its own. It cannot end the block. */
export function formatCodeBlock(text: string): string {
  const visible = toVisibleLines(text).replace(/\n+$/, '');
  const fence = '`'.repeat(Math.max(findLongestRun(visible) + 1, 3));
  return `${fence}text\n${visible}\n${fence}`;
}

const findLongestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map(([backticks]) => backticks.length));

/** The end of a long text, from the start of a line. */
export function keepEnd(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = text.slice(-length);
  return `…\n${end.slice(end.indexOf('\n') + 1)}`;
}
