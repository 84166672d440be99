import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import type { CliToken } from '../../../mwaa/cli-token.ts';
import { createTokenCache } from '../../../mwaa/token/create-token-cache.ts';
import { parseJwtExpiry } from '../../../mwaa/token/token-expiry.ts';
import { neverAborted } from './cli-responses.ts';

const TIMEOUT_MS = 5_000;

/** Creates a cache with a clock that the test sets and requests for tokens that the test settles. */
function createTestCache({ timeoutMs = TIMEOUT_MS, wallClock = 1_000_000 } = {}) {
  const clock = { now: wallClock };
  const requests: { signal: AbortSignal; succeed: (token?: string) => void; fail: (error: Error) => void }[] = [];
  const requestToken = (signal: AbortSignal): Promise<CliToken> => {
    const { promise, resolve, reject } = Promise.withResolvers<CliToken>();
    const number = requests.length + 1;
    requests.push({ signal, succeed: (token = `t${number}`) => resolve({ token, hostname: 'h' }), fail: reject });
    return promise;
  };
  const cache = createTokenCache(requestToken, () => clock.now, timeoutMs, RELAY_REMEDIES);
  /** Gets a token whose request succeeds immediately. */
  const getFresh = async (token?: string): Promise<CliToken> => {
    const waiting = cache.get(neverAborted);
    requests.at(-1)!.succeed(token);
    return waiting;
  };
  /** Advances the clock, then gets a token. */
  const getAfter = (milliseconds: number) => {
    clock.now += milliseconds;
    return cache.get(neverAborted);
  };
  return { clock, requests, cache, getFresh, getAfter };
}

const createJwt = (claims: unknown) => `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
const settlePromises = () => delay(0);

describe('the lifetime of a token', () => {
  test.each<[what: string, ageMs: number, expected: string, requestCount: number]>([
    ['is used while young', 34_999, 't1', 1],
    ['with less than 25 seconds left is used while the next one is requested', 35_001, 't1', 2],
    ['with 15 seconds left is still used', 45_000, 't1', 2],
  ])('%s', async (_what, ageMs, expected, requestCount) => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    expect(await getAfter(ageMs)).toMatchObject({ token: expected });
    expect(requests).toHaveLength(requestCount);
  });

  test('with less than 15 seconds left is replaced before use', async () => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    const waiting = getAfter(45_001);
    requests[1]!.succeed();
    expect(await waiting).toMatchObject({ token: 't2' });
  });

  test('is counted from before the request', async () => {
    const { clock, requests, cache, getAfter } = createTestCache({ timeoutMs: 60_000 });
    const first = cache.get(neverAborted);
    clock.now += 40_000;
    requests[0]!.succeed();
    await first;
    const waiting = getAfter(6_000);
    requests[1]!.succeed();
    expect(await waiting).toMatchObject({ token: 't2' });
  });

  test('is shortened by the exp of the token', async () => {
    const { clock, requests, getFresh, getAfter } = createTestCache({ wallClock: 1_000_000 });
    await getFresh(createJwt({ exp: (clock.now + 30_000) / 1000 }));
    const waiting = getAfter(15_001);
    requests[1]!.succeed('next');
    expect(await waiting).toMatchObject({ token: 'next' });
  });

  test('is not extended by the exp of the token', async () => {
    const { clock, requests, getFresh, getAfter } = createTestCache();
    await getFresh(createJwt({ exp: (clock.now + 600_000) / 1000 }));
    const waiting = getAfter(45_001);
    requests[1]!.succeed('next');
    expect(await waiting).toMatchObject({ token: 'next' });
  });

  test('a token that is expired on arrival, because of a wrong clock, is used once', async () => {
    const { clock, requests, getFresh, getAfter } = createTestCache();
    const expired = createJwt({ exp: (clock.now - 300_000) / 1000 });
    expect(await getFresh(expired)).toMatchObject({ token: expired });
    const waiting = getAfter(1);
    requests[1]!.succeed('next');
    expect(await waiting).toMatchObject({ token: 'next' });
  });

  test('a token is not used after the clock was set back', async () => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    const waiting = getAfter(-3_600_000);
    requests[1]!.succeed();
    expect(await waiting).toMatchObject({ token: 't2' });
  });
});

describe('a refresh in the background', () => {
  test('provides a new token, so the next request does not wait', async () => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    await getAfter(40_000);
    requests[1]!.succeed();
    await settlePromises();
    expect(await getAfter(20_000)).toMatchObject({ token: 't2' });
    expect(requests).toHaveLength(2);
  });

  test('that fails keeps the old token, and the next request starts another refresh', async () => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    await getAfter(40_000);
    requests[1]!.fail(new Error('throttled'));
    await settlePromises();
    expect(await getAfter(1)).toMatchObject({ token: 't1' });
    expect(requests).toHaveLength(3);
  });

  test('is a single request for several concurrent callers', async () => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    await Promise.all([getAfter(40_000), getAfter(0), getAfter(0)]);
    expect(requests).toHaveLength(2);
  });

  test('that was frozen is aborted and replaced by a new request', async () => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    await getAfter(40_000);
    const waiting = getAfter(3_600_000);
    expect(requests[1]!.signal.aborted).toBe(true);
    requests[2]!.succeed();
    expect(await waiting).toMatchObject({ token: 't3' });
  });

  test('that was aborted does not fill the cache when it succeeds later', async () => {
    const { requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    await getAfter(40_000);
    const waiting = getAfter(3_600_000);
    requests[1]!.succeed('frozen');
    requests[2]!.succeed();
    await waiting;
    expect(await getAfter(1)).toMatchObject({ token: 't3' });
  });

  test('that succeeds after a freeze yields a token as old as its request', async () => {
    const { clock, requests, getFresh, getAfter } = createTestCache();
    await getFresh();
    await getAfter(40_000);
    clock.now += 3_600_000;
    requests[1]!.succeed('frozen');
    await settlePromises();
    const waiting = getAfter(1);
    requests[2]!.succeed();
    expect(await waiting).toMatchObject({ token: 't3' });
  });
});

describe('concurrent callers', () => {
  test('share one request', async () => {
    const { requests, cache } = createTestCache();
    const waiting = [cache.get(neverAborted), cache.get(neverAborted)];
    requests[0]!.succeed();
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(requests).toHaveLength(1);
  });

  test('do not abort each other', async () => {
    const { requests, cache } = createTestCache();
    const first = new AbortController();
    const aborted = cache.get(first.signal);
    const waiting = cache.get(neverAborted);
    first.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'token-timeout' });
    requests[0]!.succeed();
    expect(await waiting).toMatchObject({ token: 't1' });
    expect(requests).toHaveLength(1);
  });
});

test('invalidate drops the rejected token, but not a newer one', async () => {
  const { requests, cache, getFresh, getAfter } = createTestCache();
  const first = await getFresh();
  const waiting = getAfter(50_000);
  requests[1]!.succeed();
  const second = await waiting;
  cache.invalidate(first);
  expect(await cache.get(neverAborted)).toBe(second);
  cache.invalidate(second);
  expect(await getFresh()).toMatchObject({ token: 't3' });
});

test('a failure is reported and not cached', async () => {
  const { requests, cache, getFresh } = createTestCache();
  const failing = cache.get(neverAborted);
  requests[0]!.fail(new Error('denied'));
  await expect(failing).rejects.toThrow('denied');
  expect(await getFresh()).toMatchObject({ token: 't2' });
});

test('a request without a response times out, and the next call sends a new request', async () => {
  const { requests, cache, getFresh } = createTestCache({ timeoutMs: 20 });
  await expect(cache.get(neverAborted)).rejects.toMatchObject({
    code: 'token-timeout',
    message: expect.stringContaining('0.02 seconds'),
  });
  expect(requests[0]!.signal.aborted).toBe(true);
  expect(await getFresh()).toMatchObject({ token: 't2' });
});

test.each<[token: string, expiry: number | undefined]>([
  [createJwt({ exp: 5 }), 5000],
  [createJwt({ exp: '5' }), undefined],
  [createJwt({}), undefined],
  [createJwt(null), undefined],
  ['opaque', undefined],
  ['a.b.c', undefined],
])('parses the expiry of %s as %s', (token, expiry) => {
  expect(parseJwtExpiry(token)).toBe(expiry);
});
