import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** Reads a file of the repository. */
export const readText = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

/** Lists the Markdown pages at the root of the repository, in docs/ and in .github/. */
export const listPages = (): string[] =>
  ['', 'docs/', '.github/'].flatMap((folder) =>
    readdirSync(new URL(folder, ROOT))
      .filter((name) => name.endsWith('.md'))
      .map((name) => folder + name),
  );

/** Returns the anchor that GitHub creates for a heading: in lower case, without punctuation, with hyphens for spaces. */
export const toAnchor = (heading: string): string =>
  heading
    .replace(/\[(.+?)\]\(.*?\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

/** Removes code blocks from a page, in which `#` and brackets have other meanings. */
export const removeCode = (page: string): string => page.replace(/^(```+)[\s\S]*?^\1$/gm, '');

/** Lists the anchors of all headings of a page. */
export const listAnchors = (page: string): string[] =>
  [...removeCode(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => toAnchor(heading));

/** Returns the rows of a table as lists of cells, without the heading. Finds the table by the heading of its first column. */
export function readTable(page: string, firstColumn: string): string[][] {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith('|') && splitCells(line)[0] === firstColumn);
  if (head < 0) throw new Error(`There is no table whose first column is "${firstColumn}".`);
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'));
  return lines.slice(head + 2, end < 0 ? undefined : end).map(splitCells);
}

const splitCells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
