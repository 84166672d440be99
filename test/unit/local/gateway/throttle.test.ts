import { expect, it } from 'vitest';
import { createThrottle } from '../../../../local/gateway/front/throttle.ts';
import type { Method, MethodSetting } from '../../../../local/gateway/template/gateway-model.ts';

const createMethod = (resourcePath: string) =>
  ({ logicalId: resourcePath, httpMethod: 'POST', resourcePath }) as Method;
const ALL_METHODS: MethodSetting = { httpMethod: '*', resourcePath: '/*', rateLimit: 2, burstLimit: 3 };

it('a throttle allows a burst, then the rate, separately for each method', () => {
  let now = 0;
  const throttle = createThrottle([ALL_METHODS], () => now);
  const countRequests = (path: string, times: number) =>
    Array.from({ length: times }, () => throttle(createMethod(path)));

  expect(countRequests('/a', 4)).toEqual([true, true, true, false]);
  expect(countRequests('/b', 1)).toEqual([true]);
  now += 500;
  expect(countRequests('/a', 2)).toEqual([true, false]);
  now += 60_000;
  expect(countRequests('/a', 4)).toEqual([true, true, true, false]);
});

it('a throttle applies the setting of a method instead of the setting for all methods', () => {
  const specific: MethodSetting = { httpMethod: 'POST', resourcePath: '/a', rateLimit: 1, burstLimit: 1 };
  const throttle = createThrottle([ALL_METHODS, specific], () => 0);

  expect([throttle(createMethod('/a')), throttle(createMethod('/a'))]).toEqual([true, false]);
});

it('a throttle allows every request without a setting', () => {
  const throttle = createThrottle([], () => 0);

  expect(Array.from({ length: 20_000 }, () => throttle(createMethod('/a'))).every(Boolean)).toBe(true);
});
