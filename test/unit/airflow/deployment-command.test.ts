import { expect, test } from 'vitest';
import { readDeploymentCommand } from '../../../airflow/deployment-command.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { findNamedThing, isAlreadyAbsent, isAlreadyPresent } from '../../../airflow/settled-commands.ts';
import { AIRFLOW_1_10, AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

test.each<[source: string | readonly string[], names: string[]]>([
  ['variables set a 1', []],
  ['variables set a {v}', ['v']],
  [['connections', 'add', 'db', '--conn-uri={v}'], ['v']],
  ['connections add db --conn-json={v}', ['v']],
  [`connections add db --conn-json='{"password": "{v}"}'`, ['v']],
  ['dags list', []],
  ['dags unpause report', []],
  [`dags trigger report --conf='{"a": 1}'`, []],
])('accepts %j', (source, names) => {
  for (const catalog of [AIRFLOW_2, AIRFLOW_3])
    expect(readDeploymentCommand(catalog, source, ['v']).template.names).toEqual(names);
});

test('accepts commands of Airflow 1.10', () => {
  expect(readDeploymentCommand(AIRFLOW_1_10, 'pool -s a 3 text', []).sampled.command.path).toEqual(['pool']);
});

test.each<[what: string, source: string, message: RegExp]>([
  ['a command with a second effect', 'tasks clear report', /"tasks clear" is not allowed in a deployment/],
  ['a deletion of a DAG', 'dags delete report', /not allowed/],
  ['a secret in a name', 'variables set {v} 1', /\{v\} stands for key/],
  ['a secret in the name of a connection', 'connections delete {v}', /\{v\} stands for conn_id/],
  ['a secret in a choice', 'dags list --output={v}', /./],
  ['a secret in a run', 'dags trigger report --conf={v}', /\{v\} is in a trigger/],
  ['a run id', 'dags trigger report --run-id=a', /Remove --run-id/],
  ['another placeholder', 'variables set a {w}', /\{w\} is not a placeholder\. Values: \{v\}/],
  ['a part of a word', 'variables set a x{v}', /only a part of a value/],
])('rejects %s', (_what, source, message) => {
  expect(() => readDeploymentCommand(AIRFLOW_2, source, ['v'])).toThrow(message);
});

test.each<[words: string[], stderr: string, absent: boolean, present: boolean]>([
  [['connections', 'delete', 'db'], 'warning\nDid not find a connection with `conn_id`=db\n', true, false],
  [['connections', 'delete', 'db'], 'Did not find a connection with `conn_id`=db2\n', false, false],
  [['connections', 'delete', 'db'], 'Did not find a connection with `conn_id`=db\nKeyError: x\n', false, false],
  [['connections', 'delete', '$&'], 'Did not find a connection with `conn_id`=$&\n', true, false],
  [['pools', 'delete', 'p'], 'Pool p does not exist\n', true, false],
  [['variables', 'delete', 'p'], 'Pool p does not exist\n', false, false],
  [['connections', 'add', 'db', '--conn-uri=x://y'], 'A connection with `conn_id`=db already exists.\n', false, true],
])('%j, %j', (words, stderr, absent, present) => {
  const invocation = parseInvocation(AIRFLOW_2, words);
  expect(isAlreadyAbsent(invocation, { stdout: '', stderr })).toBe(absent);
  expect(isAlreadyPresent(invocation, { stdout: '', stderr })).toBe(present);
});

test.each<[words: string[], thing: readonly string[] | undefined]>([
  [
    ['variables', 'set', 'a', '1'],
    ['variables', 'a'],
  ],
  [
    ['variables', 'delete', 'a'],
    ['variables', 'a'],
  ],
  [
    ['connections', 'add', 'db', '--conn-uri=x://y'],
    ['connections', 'db'],
  ],
  [['dags', 'list'], undefined],
])('%j names %j', (words, thing) => expect(findNamedThing(parseInvocation(AIRFLOW_2, words))).toEqual(thing));
