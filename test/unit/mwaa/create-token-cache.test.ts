import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type CliToken, createTokenCache, parseJwtExpiry } from '../../../mwaa/token/create-token-cache.ts';

const TIMEOUT_MS = 5_000;
const neverAborted = new AbortController().signal;

/** A cache, a clock that is set, and every request for a token, each answered by hand. */
function createTestCache({ timeoutMs = TIMEOUT_MS, wallClock = 1_000_000 } = {}) {
  const clock = { now: wallClock };
  const asked: { signal: AbortSignal; answer: (token?: string) => void; fail: (error: Error) => void }[] = [];
  const create = (signal: AbortSignal): Promise<CliToken> => {
    const { promise, resolve, reject } = Promise.withResolvers<CliToken>();
    const number = asked.length + 1;
    asked.push({ signal, answer: (token = `t${number}`) => resolve({ token, hostname: 'h' }), fail: reject });
    return promise;
  };
  const cache = createTokenCache(create, () => clock.now, timeoutMs);
  /** A token from MWAA, answered at once. */
  const fresh = async (token?: string): Promise<CliToken> => {
    const got = cache.get(neverAborted);
    asked.at(-1)!.answer(token);
    return got;
  };
  const after = (milliseconds: number) => {
    clock.now += milliseconds;
    return cache.get(neverAborted);
  };
  return { clock, asked, cache, fresh, after };
}

const createJwt = (claims: unknown) => `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
const settlePromises = () => delay(0);

describe('the life of a token', () => {
  test.each<[what: string, ageMs: number, answered: string, requests: number]>([
    ['young: used', 34_999, 't1', 1],
    ['under 25 seconds left: used, and the next one is asked for', 35_001, 't1', 2],
    ['15 seconds left: still used', 45_000, 't1', 2],
  ])('%s', async (_what, ageMs, answered, requests) => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    expect(await after(ageMs)).toMatchObject({ token: answered });
    expect(asked).toHaveLength(requests);
  });

  test('under 15 seconds left: waits for a new one', async () => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    const waiting = after(45_001);
    asked[1]!.answer();
    expect(await waiting).toMatchObject({ token: 't2' });
  });

  test('is counted from before it was asked for', async () => {
    const { clock, asked, cache, after } = createTestCache({ timeoutMs: 60_000 });
    const first = cache.get(neverAborted);
    clock.now += 40_000;
    asked[0]!.answer();
    await first;
    const waiting = after(6_000);
    asked[1]!.answer();
    expect(await waiting).toMatchObject({ token: 't2' });
  });

  test('is shortened by what the token says', async () => {
    const { clock, asked, fresh, after } = createTestCache({ wallClock: 1_000_000 });
    await fresh(createJwt({ exp: (clock.now + 30_000) / 1000 }));
    const waiting = after(15_001);
    asked[1]!.answer('next');
    expect(await waiting).toMatchObject({ token: 'next' });
  });

  test('is not lengthened by what the token says', async () => {
    const { clock, asked, fresh, after } = createTestCache();
    await fresh(createJwt({ exp: (clock.now + 600_000) / 1000 }));
    const waiting = after(45_001);
    asked[1]!.answer('next');
    expect(await waiting).toMatchObject({ token: 'next' });
  });

  test('a token that seems expired on arrival, because a clock is wrong, serves who waited for it and nobody after', async () => {
    const { clock, asked, fresh, after } = createTestCache();
    const expired = createJwt({ exp: (clock.now - 300_000) / 1000 });
    expect(await fresh(expired)).toMatchObject({ token: expired });
    const waiting = after(1);
    asked[1]!.answer('next');
    expect(await waiting).toMatchObject({ token: 'next' });
  });

  test('a clock that is set back makes a token useless, not eternal', async () => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    const waiting = after(-3_600_000);
    asked[1]!.answer();
    expect(await waiting).toMatchObject({ token: 't2' });
  });
});

describe('refreshed ahead', () => {
  test('the next request has the new token without waiting', async () => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    await after(40_000);
    asked[1]!.answer();
    await settlePromises();
    expect(await after(20_000)).toMatchObject({ token: 't2' });
    expect(asked).toHaveLength(2);
  });

  test('a refresh that fails leaves the old token in use, and the next request tries again', async () => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    await after(40_000);
    asked[1]!.fail(new Error('throttled'));
    await settlePromises();
    expect(await after(1)).toMatchObject({ token: 't1' });
    expect(asked).toHaveLength(3);
  });

  test('one request is under way, however many callers there are', async () => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    await Promise.all([after(40_000), after(0), after(0)]);
    expect(asked).toHaveLength(2);
  });

  test('a request that was frozen is given up for a new one', async () => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    await after(40_000);
    const thawed = after(3_600_000);
    expect(asked[1]!.signal.aborted).toBe(true);
    asked[2]!.answer();
    expect(await thawed).toMatchObject({ token: 't3' });
  });

  test('the answer to a request that was given up is not kept', async () => {
    const { asked, fresh, after } = createTestCache();
    await fresh();
    await after(40_000);
    const thawed = after(3_600_000);
    asked[1]!.answer('frozen');
    asked[2]!.answer();
    await thawed;
    expect(await after(1)).toMatchObject({ token: 't3' });
  });

  test('an answer that arrives after a freeze is as old as its request', async () => {
    const { clock, asked, fresh, after } = createTestCache();
    await fresh();
    await after(40_000);
    clock.now += 3_600_000;
    asked[1]!.answer('frozen');
    await settlePromises();
    const thawed = after(1);
    asked[2]!.answer();
    expect(await thawed).toMatchObject({ token: 't3' });
  });
});

describe('callers at the same time', () => {
  test('share one request', async () => {
    const { asked, cache } = createTestCache();
    const all = [cache.get(neverAborted), cache.get(neverAborted)];
    asked[0]!.answer();
    expect(new Set(await Promise.all(all)).size).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test('the end of one does not end the others', async () => {
    const { asked, cache } = createTestCache();
    const first = new AbortController();
    const impatient = cache.get(first.signal);
    const patient = cache.get(neverAborted);
    first.abort();
    await expect(impatient).rejects.toMatchObject({ code: 'token-timeout' });
    asked[0]!.answer();
    expect(await patient).toMatchObject({ token: 't1' });
    expect(asked).toHaveLength(1);
  });
});

test('a refused token is forgotten, a newer one is not', async () => {
  const { asked, cache, fresh, after } = createTestCache();
  const first = await fresh();
  const waiting = after(50_000);
  asked[1]!.answer();
  const second = await waiting;
  cache.invalidate(first);
  expect(await cache.get(neverAborted)).toBe(second);
  cache.invalidate(second);
  expect(await fresh()).toMatchObject({ token: 't3' });
});

test('a failure is told and not kept', async () => {
  const { asked, cache, fresh } = createTestCache();
  const failing = cache.get(neverAborted);
  asked[0]!.fail(new Error('denied'));
  await expect(failing).rejects.toThrow('denied');
  expect(await fresh()).toMatchObject({ token: 't2' });
});

test('MWAA that does not answer is given up, and the next request asks again', async () => {
  const { asked, cache, fresh } = createTestCache({ timeoutMs: 20 });
  await expect(cache.get(neverAborted)).rejects.toMatchObject({
    code: 'token-timeout',
    message: expect.stringContaining('0.02 seconds'),
  });
  expect(asked[0]!.signal.aborted).toBe(true);
  expect(await fresh()).toMatchObject({ token: 't2' });
});

test.each<[token: string, expiry: number | undefined]>([
  [createJwt({ exp: 5 }), 5000],
  [createJwt({ exp: '5' }), undefined],
  [createJwt({}), undefined],
  [createJwt(null), undefined],
  ['opaque', undefined],
  ['a.b.c', undefined],
])('the expiry in %s is %s', (token, expiry) => {
  expect(parseJwtExpiry(token)).toBe(expiry);
});
