/** The characters of a cookie's value (RFC 6265). */
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/** The value of a cookie in an answer, or undefined if it is absent, empty or malformed. The last one counts, as in a browser. */
export function findCookie(setCookie: readonly string[] | undefined, name: string): string | undefined {
  const own = setCookie?.findLast((line) => line.trimStart().startsWith(`${name}=`));
  const [pair = ''] = own?.split(';') ?? [];
  const value = pair
    .slice(pair.indexOf('=') + 1)
    .trim()
    .replace(/^"(.*)"$/, '$1');
  return VALUE.test(value) ? value : undefined;
}
