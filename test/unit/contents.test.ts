import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  'README.md',
  ...readdirSync(`${ROOT}/docs`).flatMap((name) => (name.endsWith('.md') ? `docs/${name}` : [])),
];
const read = (page: string): string => readFileSync(`${ROOT}/${page}`, 'utf8');

/** Entries of a table of contents: list items that link to the page's own sections, one after the other. */
const ENTRY = /^- \[(.+)\]\(#(.+)\)$/gm;

const withContents = PAGES.filter((page) => read(page).match(ENTRY) !== null);

/** What a page's table of contents lacks, of the sections (level 2) after it, and what it has too much, or in another order. */
function differences(text: string): { sections: string[]; contents: string[] } | undefined {
  const contents = [...text.matchAll(ENTRY)].map(([, label = '']) => label);
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const sections = [...prose.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  const listed = sections.filter((heading) => !['Contents', 'Index'].includes(heading));
  return listed.join('\n') === contents.join('\n') ? undefined : { sections: listed, contents };
}

test.each(withContents)('the table of contents of %s has its sections, in their order', (page) => {
  expect(differences(read(page))).toBeUndefined();
});

test('the README and the pages on the API and on operations have one', () => {
  expect(withContents).toEqual(expect.arrayContaining(['README.md', 'docs/api.md', 'docs/operations.md']));
});

test('a planted section that the contents lack is found', () => {
  const page = '# T\n\n- [One](#one)\n\n## One\n\n### Deeper\n';
  expect(differences(page)).toBeUndefined();
  expect(differences(`${page}\n## Two\n`)).toEqual({ sections: ['One', 'Two'], contents: ['One'] });
});
