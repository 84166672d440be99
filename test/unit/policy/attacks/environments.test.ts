import { describe, expect, test } from 'vitest';
import { matchesEnvironment } from '../../../../config/matches-environment.ts';

describe('the pattern in `where` matches the name of the environment', () => {
  test.each<[where: string, environment: string, expected: boolean]>([
    ['analytics-prod', 'analytics-prod', true],
    ['analytics-*', 'analytics-prod', true],
    ['*-prod', 'analytics-prod', true],
    ['a*c', 'abc', true],
    ['analytics', 'analytics-prod', false],
    ['Analytics-prod', 'analytics-prod', false],
    ['ana*analytics', 'analytics', false],
    ['constructor', '__proto__', false],
    ['__proto__', '__proto__', true],
    ['', 'analytics-prod', false],
    ['.*', 'analytics-prod', false],
    ['analytics?prod', 'analytics-prod', false],
  ])('"%s" matches "%s": %s', (where, environment, expected) => {
    expect(matchesEnvironment(where, environment)).toBe(expected);
  });
});
