import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** The text of a file of the repository. */
export const readText = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

/** The Markdown pages of the repository that people read: at the root, in docs/ and in .github/. */
export const pages = (): string[] =>
  ['', 'docs/', '.github/'].flatMap((folder) =>
    readdirSync(new URL(folder, ROOT))
      .filter((name) => name.endsWith('.md'))
      .map((name) => folder + name),
  );

/** The address of a heading within its page, as GitHub makes it: without marks, in lower case, with hyphens for spaces. */
export const anchorOf = (heading: string): string =>
  heading
    .replace(/\[(.+?)\]\(.*?\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

/** A page without its code blocks, in which `#` and brackets mean something else. */
export const withoutCode = (page: string): string => page.replace(/^(```+)[\s\S]*?^\1$/gm, '');

/** The addresses of all headings of a page. */
export const anchorsOf = (page: string): string[] =>
  [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** The rows of a table, as the texts of their cells, by the heading of its first column. Without the two lines of the head. */
export function tableOf(page: string, firstColumn: string): string[][] {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith('|') && cells(line)[0] === firstColumn);
  if (head < 0) throw new Error(`There is no table whose first column is "${firstColumn}".`);
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'));
  return lines.slice(head + 2, end < 0 ? undefined : end).map(cells);
}

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
