import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { listAnchors, listPages, readText, removeCode } from './markdown.ts';

/** Lists the links within the repository whose file or heading does not exist. */
function findBrokenLinks(page: string, text: string): string[] {
  const links = [...removeCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (target !== page && !existsSync(new URL(`../../${target}`, import.meta.url))) return true;
    if (anchor === undefined || !target.endsWith('.md')) return false;
    return !listAnchors(target === page ? text : readText(target)).includes(anchor);
  });
}

test.each(listPages())('%s links only to files and headings that exist', (page) => {
  expect(findBrokenLinks(page, readText(page))).toEqual([]);
});

test.each([
  ['a missing file', '[x](nowhere.md)', ['nowhere.md']],
  ['a missing heading', '[x](api.md#no-such-heading)', ['api.md#no-such-heading']],
  ['a missing heading of the same page', '# Here\n[x](#here) [y](#there)', ['#there']],
  ['a heading that is only in a code block', '```\n# Here\n```\n[x](#here)', ['#here']],
  [
    'no link to a website, to a folder or to a file that is not a page',
    '[x](https://a.b/c) [y](../lib) [z](openapi.yaml#x)',
    [],
  ],
])('the check finds %s', (_planted, text, broken) => {
  expect(findBrokenLinks('docs/planted.md', text)).toEqual(broken);
});
