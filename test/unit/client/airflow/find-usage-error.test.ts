import { expect, test } from 'vitest';
import { findUsageError } from '../../../../client/airflow/find-usage-error.ts';

test.each<[argv: string[], remedy: string | undefined]>([
  [['--version'], 'airflow version'],
  [['dags', 'trigger', 'd', '--conf', '@day.json'], '--conf "$(cat day.json)"'],
  [['dags', 'trigger', 'd', '--conf=@my day.json'], `--conf "$(cat 'my day.json')"`],
  [['dags', 'trigger', 'd', '-c@day.json'], '--conf "$(cat day.json)"'],
  [['dags', 'trigger', 'd', '-c', '-'], '--conf "$(cat)"'],
  [['dags', 'trigger', 'd', '--conf', '/dev/stdin'], '--conf "$(cat)"'],
  [['trigger_dag', '-c', '@day.json', 'd'], '--conf "$(cat day.json)"'],
  [['backfill', 'create', '--dag-run-conf', '@day.json'], '--conf "$(cat day.json)"'],
  [['dags', 'trigger', 'd', '--conf', '{"mail": "@x"}'], undefined],
  [['dags', 'trigger', 'd', '--conf', '-1'], undefined],
  [['dags', 'trigger', 'd', '--run-id', '@day.json'], undefined],
  [['variables', 'set', 'k', '@day.json'], undefined],
  [['variables', 'set', 'k', '--version'], undefined],
])('the words %j get the remedy %s', (argv, remedy) => {
  const message = findUsageError(argv);
  if (remedy === undefined) expect(message).toBeUndefined();
  else expect(message?.split('Write: ')[1]).toBe(remedy);
});
