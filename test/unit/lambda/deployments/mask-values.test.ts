import { expect, test } from 'vitest';
import { createMask } from '../../../../lambda/deployments/mask-values.ts';

const URI = 'postgresql://reader:p%40ss-word@db.example.com/wh';

test.each<[what: string, secrets: readonly string[], text: string, masked: string]>([
  ['nothing', [], 'x failed', 'x failed'],
  ['a whole value', ['hunter2-x'], 'Invalid value hunter2-x here.', 'Invalid value *** here.'],
  ['each occurrence', ['hunter'], 'hunter and hunter', '*** and ***'],
  ['two values', ['alpha1', 'beta22'], 'alpha1beta22, beta22', '***, ***'],
  ['the password of a URI', [URI], 'login failed for p%40ss-word', 'login failed for ***'],
  ['the decoded password', [URI], "password 'p@ss-word' is wrong", "password '***' is wrong"],
  ['a value that is cut off', [URI], 'The URI is invalid: postgresql://rea', 'The URI is invalid: ***'],
  ['a value that is cut off early', ['swordfish-1'], 'It is invalid: swor', 'It is invalid: ***'],
  ['a value in JSON', ['a"b\\c-secret'], '{"v": "a\\"b\\\\c-secret"}', '{"v": "***"}'],
  ['a value with a line break', ['first-line\nsecond'], "x='first-line\\nsecond'", "x='***'"],
  ['an encoded value', ['a b&c d'], 'q=a%20b%26c%20d', 'q=***'],
  ['a value with escapes of Python', ['pä$$wörd-ü'], String.raw`{"v": "p\u00e4$$w\u00f6rd-\u00fc"}`, '{"v": "***"}'],
  ['the bytes of a value', ['pä$$wörd-ü'], String.raw`b'p\xc3\xa4$$w\xc3\xb6rd-\xc3\xbc'`, "b'***'"],
  ['a value in lowercase percent-encoding', ['pä$$wörd/ü x'], 'q=p%c3%a4%24%24w%c3%b6rd/%c3%bc+x', 'q=***'],
  ['a value in Base64', ['swordfish-1'], `x ${Buffer.from('swordfish-1').toString('base64')}`, 'x ***'],
  ['parts of words that are no secret', ['hunter2-x'], 'a hunt', 'a ***'],
])('masks %s', (_what, secrets, text, masked) => expect(createMask(secrets)(text)).toBe(masked));

test('shows nothing if a value is so short that it could be anywhere', () => {
  expect(createMask(['abcdefgh', '17'])('Pool of 17 slots')).toMatch(/^The message is not shown/);
});

test('finds every part of six characters', () => {
  const mask = createMask([URI]);
  for (let at = 0; at + 6 <= URI.length; at += 1) expect(mask(`<${URI.slice(at, at + 6)}>`)).toBe('<***>');
});
