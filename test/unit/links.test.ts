import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, pages, readText, withoutCode } from './markdown.ts';

/** Links within the repository that lead to no file, or to no heading of a page. */
function brokenLinks(page: string, text: string): string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (target !== page && !existsSync(new URL(`../../${target}`, import.meta.url))) return true;
    if (anchor === undefined || !target.endsWith('.md')) return false;
    return !anchorsOf(target === page ? text : readText(target)).includes(anchor);
  });
}

test.each(pages())('%s links to files and headings that are there', (page) => {
  expect(brokenLinks(page, readText(page))).toEqual([]);
});

test.each([
  ['a file that is missing', '[x](nowhere.md)', ['nowhere.md']],
  ['a heading that is missing', '[x](api.md#no-such-heading)', ['api.md#no-such-heading']],
  ['a heading that the page itself lacks', '# Here\n[x](#here) [y](#there)', ['#there']],
  ['a heading in a code block', '```\n# Here\n```\n[x](#here)', ['#here']],
  [
    'nothing: links to the web, to folders and to files that are no pages',
    '[x](https://a.b/c) [y](../lib) [z](openapi.yaml#x)',
    [],
  ],
])('a planted link is found: %s', (_planted, text, broken) => {
  expect(brokenLinks('docs/planted.md', text)).toEqual(broken);
});
