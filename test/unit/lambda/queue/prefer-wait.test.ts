import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPreferWait, resolveQueueWait } from '../../../../lambda/front/queue/prefer-wait.ts';

test.each<[headers: string[], seconds: number | undefined]>([
  [[], undefined],
  [[''], undefined],
  [['wait=30'], 30],
  [['wait=0'], 0],
  [['Wait=30'], 30],
  [['WAIT = 30'], 30],
  [['wait="30"'], 30],
  [['wait="3\\0"'], 30],
  [['wait=030'], 30],
  [['respond-async, wait=10'], 10],
  [['respond-async,wait=10,handling=lenient'], 10],
  [[' ,, wait=10 ,'], 10],
  [['return=minimal; foo="some, wait=5", wait=10'], 10],
  [['wait=10; foo=bar; baz'], 10],
  [['wait=10;;foo=;'], 10],
  [['handling=lenient', 'wait=7'], 7],
  // The first occurrence wins.
  [['wait=10, wait=20'], 10],
  [['wait=10', 'wait=20'], 10],
  [['wait=soon, wait=20'], undefined],
  [['wait, wait=20'], undefined],
  [['wait="", wait=20'], undefined],
  // Malformed values
  [['wait'], undefined],
  [['wait='], undefined],
  [['wait=-1'], undefined],
  [['wait=1.5'], undefined],
  [['wait=1e3'], undefined],
  [['wait="30'], undefined],
  [['wait=٣'], undefined],
  // Malformed preferences are ignored.
  [['wait=1 0, wait=20'], 20],
  [['wait:10'], undefined],
  [['=5, wait=20'], 20],
  [['foo="a\\", wait=5", wait=20'], 20],
  [['foo="open, wait=5'], undefined],
  [['x-wait=5; wait=6'], undefined],
])('%j: %j', (headers, seconds) => {
  expect(readPreferWait(headers)).toBe(seconds);
});

test('reads the seconds from any list of other preferences, in one or several headers', () => {
  const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).filter((name) => name !== 'wait');
  const quoted = fc.string({ maxLength: 8 }).map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
  const pair = fc.oneof(
    token,
    fc.tuple(token, fc.oneof(token, quoted)).map(([name, value]) => `${name}=${value}`),
  );
  const preference = fc.array(pair, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('; '));
  fc.assert(
    fc.property(
      fc.array(preference, { maxLength: 4 }),
      fc.array(preference, { maxLength: 4 }),
      fc.nat(),
      fc.boolean(),
      (before, later, seconds, isOneHeader) => {
        const preferences = [...before, `wait=${seconds}`, ...later];
        expect(readPreferWait(isOneHeader ? [preferences.join(', ')] : preferences)).toBe(seconds);
      },
    ),
  );
});

test('reads any text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'wait=1;,"\\ \t') })), (headers) => {
      const seconds = readPreferWait(headers);
      return seconds === undefined || seconds >= 0;
    }),
  );
});

test.each([';', '; ', ' ', '"', '"\\', '\\"', ',', '= ', 'a', ';a= ', '"a'])(
  'reads the longest header of repeated %j in little time',
  (part) => {
    const started = performance.now();
    readPreferWait([`wait=1${part.repeat(10_240 / part.length)}!`, `a${part.repeat(10_240 / part.length)}`]);
    // A quadratic or exponential match would take seconds or forever.
    expect(performance.now() - started).toBeLessThan(500);
  },
);

test.each([
  ['no preference: the default', undefined, 60, 66, { seconds: 60 }],
  ['a shorter wait', 5, 60, 66, { seconds: 5, preferenceApplied: 'wait=5' }],
  ['no wait', 0, 60, 66, { seconds: 0, preferenceApplied: 'wait=0' }],
  ['the maximum', 3600, 60, 66, { seconds: 66, preferenceApplied: 'wait=66' }],
  ['a number without bounds', Number.POSITIVE_INFINITY, 60, 66, { seconds: 66, preferenceApplied: 'wait=66' }],
])('%s', (_name, preferred, defaultSeconds, maxSeconds, wait) => {
  expect(resolveQueueWait(preferred, defaultSeconds, maxSeconds)).toEqual(wait);
});
