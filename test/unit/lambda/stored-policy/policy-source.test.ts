import { expect, test } from 'vitest';
import { POLICY_CACHE_SECONDS } from '../../../../contract/stored-policy.ts';
import { PolicyTooLargeError } from '../../../../lambda/stored-policy/fetch-policy-object.ts';
import { createPolicySource } from '../../../../lambda/stored-policy/policy-source.ts';
import { createTeamGrants } from '../relay-fixture.ts';
import { createMemoryStore } from './memory-store.ts';

function createTestSource(reader: 'front' | 'relay' = 'relay') {
  const store = createMemoryStore();
  const clock = { now: 1_000_000 };
  const source = createPolicySource({
    fetchObject: store.fetchObject,
    environment: 'prod',
    release: '2.10.3',
    reader,
    now: () => clock.now,
  });
  return { store, clock, source };
}

const CACHE_MS = POLICY_CACHE_SECONDS * 1000;

test('a policy is used for five seconds from the start of its reading, and then compared by its ETag', async () => {
  const { store, clock, source } = createTestSource();
  store.push(1, createTeamGrants(['version']));
  const first = await source.load();
  expect(first).toMatchObject({ version: 1, grants: [{ may: ['version'] }] });
  clock.now += CACHE_MS - 1;
  expect(await source.load()).toBe(first);
  expect(store.asked).toEqual([undefined]);
  clock.now += 1;
  expect(await source.load()).toBe(first);
  expect(store.asked).toEqual([undefined, expect.stringMatching(/^"/)]);
  store.push(2, []);
  clock.now += CACHE_MS - 1;
  expect((await source.load()).version).toBe(1);
  clock.now += 1;
  expect(await source.load()).toMatchObject({ version: 2, grants: [] });
});

test('a reload reads in any case', async () => {
  const { store, source } = createTestSource();
  store.push(1, []);
  await source.load();
  store.push(2, []);
  expect((await source.reload()).version).toBe(2);
  expect((await source.load()).version).toBe(2);
});

test('the time of a slow reading counts: a change during it may be missing in it', async () => {
  const { store, clock, source } = createTestSource();
  store.push(1, []);
  const { fetchObject } = store;
  const slow = createPolicySource({
    fetchObject: async (etag) => {
      const answer = await fetchObject(etag);
      clock.now += CACHE_MS;
      return answer;
    },
    environment: 'prod',
    release: '2.10.3',
    reader: 'relay',
    now: () => clock.now,
  });
  await slow.load();
  store.push(2, []);
  expect((await slow.load()).version).toBe(2);
  expect(source).toBeDefined();
});

test('a clock that is set back does not keep a policy', async () => {
  const { store, clock, source } = createTestSource();
  store.push(1, []);
  await source.load();
  store.push(2, []);
  clock.now -= 3_600_000;
  expect((await source.load()).version).toBe(2);
});

const NETWORK = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
const s3Error = (status: number, code: string) => ({ status, text: `<Error><Code>${code}</Code></Error>` });

test.each([
  [
    'no connection',
    NETWORK,
    /The relay has no valid policy.*S3 cannot be reached \(ETIMEDOUT\).*gateway endpoint for S3/,
    5,
  ],
  ['a timeout', Object.assign(new Error('x'), { name: 'TimeoutError' }), /S3 cannot be reached \(timeout\)/, 5],
  ['a large object', new PolicyTooLargeError(), /the stored policy is too large/, undefined],
  ['no object', s3Error(404, 'NoSuchKey'), /no policy is stored\. Nothing was run\. Owner: store one/, undefined],
  ['no bucket', s3Error(404, 'NoSuchBucket'), /S3 answered 404 NoSuchBucket/, undefined],
  ['no permission', s3Error(403, 'AccessDenied'), /S3 denies access to it \(403 AccessDenied\)/, undefined],
  [
    'an error of S3',
    s3Error(503, 'SlowDown'),
    /S3 answered 503 SlowDown\. Nothing was run\. Send the request again/,
    5,
  ],
  ['an answer of something else', { status: 200, text: '<html>' }, /not valid: it is not JSON/, undefined],
])(
  'with %s nothing is granted once the cached policy is too old',
  async (_what, failure, detail, retryAfterSeconds) => {
    const { store, clock, source } = createTestSource();
    store.push(1, createTeamGrants(['version']));
    await source.load();
    store.fail(failure);
    clock.now += CACHE_MS - 1;
    expect((await source.load()).version).toBe(1);
    clock.now += 1;
    const rejected = await source.load().catch((error: unknown) => error);
    expect(rejected).toMatchObject({ code: 'policy-unavailable', message: expect.stringMatching(detail) });
    expect((rejected as { data: object }).data).toEqual(retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
    // It does not become fresh by asking again, and works again as soon as S3 does.
    await expect(source.load()).rejects.toMatchObject({ code: 'policy-unavailable' });
    store.fail(undefined);
    expect((await source.load()).version).toBe(1);
  },
);

test.each([
  ['of another environment', { environment: 'other' }, /it is for the environment other, and not for prod/],
  ['for other releases', { airflow: ['2.9.2', '3.0.6'] }, /checked for Airflow 2\.9\.2, 3\.0\.6, and not for 2\.10\.3/],
])('a policy %s grants nothing', async (_what, more, detail) => {
  const { store, source } = createTestSource('front');
  store.push(1, createTeamGrants(['version']), more);
  await expect(source.load()).rejects.toThrow(detail);
});

test('an invalid object replaces a valid one at once, and is read again by each request', async () => {
  const { store, source } = createTestSource();
  store.push(1, createTeamGrants(['version']));
  await source.load();
  store.write('{}');
  await expect(source.reload()).rejects.toThrow(/its format is not 1/);
  await expect(source.load()).rejects.toThrow(/its format is not 1/);
  store.push(2, []);
  expect((await source.load()).version).toBe(2);
});
