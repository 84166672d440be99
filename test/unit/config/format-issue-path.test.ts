import { expect, test } from 'vitest';
import { formatIssuePath } from '../../../config/format-issue-path.ts';

test.each([
  [[], ''],
  [['region'], 'region'],
  [['environments', 'prod', 'vpc', 'id'], 'environments.prod.vpc.id'],
  [['grants', 0, 'may', 2], 'grants[0].may[2]'],
])('formats the path %j as "%s"', (path, expected) => {
  expect(formatIssuePath(path)).toBe(expected);
});
