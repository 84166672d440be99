import { expect, it } from 'vitest';
import { createThrottle } from '../../../../local/gateway/front/throttle.ts';
import type { Method, MethodSetting } from '../../../../local/gateway/template/gateway-model.ts';

const createMethod = (resourcePath: string) =>
  ({ logicalId: resourcePath, httpMethod: 'POST', resourcePath }) as Method;
const all: MethodSetting = { httpMethod: '*', resourcePath: '/*', rateLimit: 2, burstLimit: 3 };

it('passes a burst, then the rate, for each method by itself', () => {
  let now = 0;
  const throttle = createThrottle([all], () => now);
  const ask = (path: string, times: number) => Array.from({ length: times }, () => throttle(createMethod(path)));

  expect(ask('/a', 4)).toEqual([true, true, true, false]);
  expect(ask('/b', 1)).toEqual([true]);
  now += 500;
  expect(ask('/a', 2)).toEqual([true, false]);
  now += 60_000;
  expect(ask('/a', 4)).toEqual([true, true, true, false]);
});

it('takes a method’s own setting over the general one', () => {
  const own: MethodSetting = { httpMethod: 'POST', resourcePath: '/a', rateLimit: 1, burstLimit: 1 };
  const throttle = createThrottle([all, own], () => 0);

  expect([throttle(createMethod('/a')), throttle(createMethod('/a'))]).toEqual([true, false]);
});

it('passes everything where nothing is set', () => {
  const throttle = createThrottle([], () => 0);

  expect(Array.from({ length: 20_000 }, () => throttle(createMethod('/a'))).every(Boolean)).toBe(true);
});
