import { expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { maskArgv } from '../../../lambda/audit/mask-argv.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

test('maskArgv truncates long words and long lists, so that no log line is lost', () => {
  const trigger = parseInvocation(AIRFLOW_2, [
    'dags',
    'trigger',
    'd'.repeat(100_000),
    '--conf',
    `"${'x'.repeat(100_000)}"`,
  ]);
  expect(maskArgv(trigger)).toEqual(['dags', 'trigger', '--conf=***', `${'d'.repeat(300)}…`]);
  const roles = parseInvocation(AIRFLOW_2, ['roles', 'create', ...Array.from({ length: 5000 }, () => 'Op')]);
  expect(maskArgv(roles)).toEqual(['roles', 'create', ...Array.from({ length: 10 }, () => 'Op'), '… and 4990 more']);
  const actions = Array.from({ length: 120 }, () => 'can_read');
  const permissions = parseInvocation(AIRFLOW_2, [
    'roles',
    'add-perms',
    'Admin',
    '--resource',
    'DAGs',
    '--action',
    ...actions,
  ]);
  expect(maskArgv(permissions).slice(-3)).toEqual(['***', '--', 'Admin']);
});

test('maskArgv masks a URL in place of an identifier', () => {
  const add = parseInvocation(AIRFLOW_2, [
    'connections',
    'add',
    'postgres://admin:hunter2@db/x',
    '--conn-type',
    'postgres',
  ]);
  expect(JSON.stringify(maskArgv(add))).not.toContain('hunter2');
});
