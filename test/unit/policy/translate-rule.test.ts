import { expect, test } from 'vitest';
import { CATALOGS } from '../../../files/catalogs.ts';
import { translateRule } from '../../../policy/translate-rule.ts';

test.each<[from: string, to: string, rule: string, translated: string | undefined]>([
  ['2.10.3', '3.0.6', 'dags list-runs --dag-id=reporting_* --state=*', 'dags list-runs reporting_* --state=*'],
  ['3.0.6', '2.10.3', 'dags list-runs reporting_*', 'dags list-runs --dag-id=reporting_*'],
  ['2.10.3', '3.0.6', 'dags trigger x --exec-date=* --conf=*', 'dags trigger x --logical-date=* --conf=*'],
  ['3.3.1', '2.10.3', 'dags trigger x --logical-date=* --*', 'dags trigger x --exec-date=* --*'],
  ['2.0.2', '3.0.6', 'tasks clear a --only-failed --downstream=*', 'tasks clear a --only-failed --downstream=*'],
  ['2.10.3', '3.0.6', 'tasks clear a --exclude-subdags', undefined],
  ['2.10.3', '3.0.6', 'dags pause * --treat-dag-id-as-regex', 'dags pause * --treat-dag-id-as-regex'],
  ['2.10.3', '3.0.6', 'dags backfill * --start-date=*', undefined],
  ['2.10.3', '3.0.6', 'dags list --subdir=*', undefined],
  ['2.10.3', '3.0.6', "dags trigger 'a b'", undefined],
  ['2.10.3', '3.0.6', '@read', undefined],
  ['2.10.3', '3.0.6', 'no such command', undefined],
])('from %s to %s: %s is %s', (from, to, rule, translated) => {
  expect(translateRule(rule, CATALOGS.read(from), CATALOGS.read(to))).toBe(translated);
});
