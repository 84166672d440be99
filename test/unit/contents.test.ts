import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  'README.md',
  ...readdirSync(`${ROOT}/docs`).flatMap((name) => (name.endsWith('.md') ? `docs/${name}` : [])),
];
const readPage = (page: string): string => readFileSync(`${ROOT}/${page}`, 'utf8');

/** An entry of a table of contents: a list item that links to a section of the same page. */
const ENTRY = /^- \[(.+)\]\(#(.+)\)$/gm;

const PAGES_WITH_CONTENTS = PAGES.filter((page) => readPage(page).match(ENTRY) !== null);

/** Compares a page's table of contents with its sections (level 2). Returns both lists if they differ. */
function findDifferences(text: string): { sections: string[]; contents: string[] } | undefined {
  const contents = [...text.matchAll(ENTRY)].map(([, label = '']) => label);
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const sections = [...prose.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  const listed = sections.filter((heading) => !['Contents', 'Index'].includes(heading));
  return listed.join('\n') === contents.join('\n') ? undefined : { sections: listed, contents };
}

test.each(PAGES_WITH_CONTENTS)('the table of contents of %s lists its sections in order', (page) => {
  expect(findDifferences(readPage(page))).toBeUndefined();
});

test('the README, docs/api.md and docs/operations.md have a table of contents', () => {
  expect(PAGES_WITH_CONTENTS).toEqual(expect.arrayContaining(['README.md', 'docs/api.md', 'docs/operations.md']));
});

test('the check finds a planted section that the table of contents does not list', () => {
  const page = '# T\n\n- [One](#one)\n\n## One\n\n### Deeper\n';
  expect(findDifferences(page)).toBeUndefined();
  expect(findDifferences(`${page}\n## Two\n`)).toEqual({ sections: ['One', 'Two'], contents: ['One'] });
});
