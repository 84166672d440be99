import { expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { maskArgv, maskUnparsedArgv } from '../../../lambda/audit/mask-argv.ts';
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

test.each<[what: string, identifier: string, shown: string]>([
  ['a space', 'a b', 'a b'],
  ['spaces around it', ' a ', ' a '],
  ['a URL', 's3://bucket/key', 's3://bucket/key'],
  ['a URL with a password', 'postgres://admin:hunter2@db/x', 'postgres://***@db/x'],
  ['a URL with a password that contains "@" and "/"', 'x://admin:hun/ter@2@db/x', 'x://***@db/x'],
  ['a URL with a query', 'https://host/x?token=hunter2', 'https://host/x?***'],
  ['a question mark', 'really?', 'really?'],
])('maskArgv shows an identifier with %s', (_what, identifier, shown) => {
  const command = parseInvocation(AIRFLOW_2, ['variables', 'delete', identifier]);
  expect(maskArgv(command)).toEqual(['variables', 'delete', shown]);
});

test.each<[argv: string[], shown: string[]]>([
  [
    ['dagz', 'hunter2'],
    ['***', '***'],
  ],
  [
    ['dags', 'hunter2'],
    ['dags', '***'],
  ],
  [['dags'], ['dags']],
  [
    ['dags', 'trigger', 'hunter2', '--kekse', '--conf=hunter2', '-c', 'hunter2', '-chunter2', '--hunter2=x'],
    ['dags', 'trigger', '***', '***', '--conf=***', '-c', '***', '***', '***'],
  ],
  [
    ['variables', 'set', 'variables', 'set'],
    ['variables', 'set', '***', '***'],
  ],
  [
    ['hunter2', 'dags', 'trigger'],
    ['***', '***', '***'],
  ],
  [Array.from({ length: 12 }, () => 'x'), [...Array.from({ length: 10 }, () => '***'), '… and 2 more']],
  [[], []],
])('maskUnparsedArgv of %j shows only names of the catalog', (argv, shown) => {
  expect(maskUnparsedArgv(AIRFLOW_2, argv)).toEqual(shown);
});
