import { expect, test } from 'vitest';
import { type CliToken, tokenCache } from '../../../lambda/mwaa/token.ts';

/** A cache over tokens that are numbered, and a clock that is set. */
function prepared(create?: () => Promise<CliToken>) {
  const clock = { now: 0 };
  let count = 0;
  const cache = tokenCache(create ?? (async () => ({ token: `t${++count}`, hostname: 'h' })), () => clock.now);
  const get = () => cache.get(new AbortController().signal);
  return { clock, cache, get };
}

test('a token serves for 45 of its 60 seconds', async () => {
  const { clock, get } = prepared();
  const first = await get();
  clock.now = 44_999;
  expect(await get()).toBe(first);
  clock.now = 45_000;
  expect(await get()).toMatchObject({ token: 't2' });
});

test('callers at the same time share one request', async () => {
  const { get } = prepared();
  const [a, b] = await Promise.all([get(), get()]);
  expect(a).toBe(b);
});

test('a refused token is forgotten, a newer one is not', async () => {
  const { clock, cache, get } = prepared();
  const first = await get();
  clock.now = 50_000;
  const second = await get();
  cache.forget(first);
  expect(await get()).toBe(second);
  cache.forget(second);
  expect(await get()).toMatchObject({ token: 't3' });
});

test('a failure is not kept', async () => {
  let fails = true;
  const { get } = prepared(async () => {
    if (fails) throw new Error('throttled');
    return { token: 't', hostname: 'h' };
  });
  await expect(get()).rejects.toThrow('throttled');
  fails = false;
  expect(await get()).toEqual({ token: 't', hostname: 'h' });
});
