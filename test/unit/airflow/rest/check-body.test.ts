import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../../airflow/refusal.ts';
import { checkBodyNames } from '../../../../airflow/rest/check-body-names.ts';
import { checkMaskedValues } from '../../../../airflow/rest/check-masked-values.ts';

type Path = Readonly<Record<string, string>>;
const RUN = { dag_id: 'a', dag_run_id: 'r' };

describe('a body that acts on what its path names', () => {
  test.each<[path: Path, body: unknown]>([
    [{}, { dag_id: 'b' }],
    [RUN, undefined],
    [RUN, null],
    [RUN, [1, 'b']],
    [RUN, { note: 'b' }],
    [RUN, { dag_id: 'a', dag_run_id: 'r' }],
    [RUN, { dag_id: null }],
    [RUN, { dag_ids: ['a', 'a'], dag_run_ids: null }],
    [RUN, { dag_ids: 'b' }],
    [RUN, { actions: [{ entities: [{ dag_id: 'a' }, 'b'] }] }],
    // Data of the caller.
    [
      RUN,
      { conf: { dag_id: 'b' }, extra: { dag_ids: ['b'] }, value: { dag_run_id: 's' }, params_input: { dag_id: 'b' } },
    ],
    [RUN, { dag_run_conf: { dag_id: 'b' } }],
    [{ dag_id: '~' }, { dag_id: 'b', dag_ids: ['b', 'c'] }],
    [
      { dag_id: 'a', dag_run_id: '~', task_id: '~' },
      { dag_run_id: 's', task_id: 't' },
    ],
    [{ map_index: '5' }, { map_index: 5 }],
    [{ pool_name: 'p' }, { name: 'p', pool: 'p' }],
    [{ role_name: 'p' }, { name: 'p', pool: 'q' }],
    [{ variable_key: 'k' }, { key: 'k', value: { key: 'x' } }],
    [{ dag_id: 'a' }, { name: 'b', pool: 'b', key: 'b' }],
    // Only the body as a whole is about the object in the path.
    [{ role_name: 'p' }, { name: 'p', actions: [{ action: { name: 'can_read' } }] }],
    [{ pool_name: '~' }, { name: '~' }],
  ])('%j: %j', (path, body) => {
    expect(() => checkBodyNames(path, body)).not.toThrow();
  });

  test.each<[path: Path, body: unknown, key: string, parameter: string]>([
    [RUN, { dag_id: 'b' }, 'dag_id', 'dag_id'],
    [RUN, { dag_id: '~' }, 'dag_id', 'dag_id'],
    [RUN, { dag_id: '' }, 'dag_id', 'dag_id'],
    [RUN, { dag_id: ['a'] }, 'dag_id', 'dag_id'],
    [RUN, { dag_id: 'a', dag_run_id: 's' }, 'dag_run_id', 'dag_run_id'],
    [RUN, { dag_ids: ['a', 'b'] }, 'dag_ids', 'dag_id'],
    [RUN, [{ dag_id: 'a' }, { dag_id: 'b' }], 'dag_id', 'dag_id'],
    [RUN, { actions: [{ entities: [{ dag_id: 'a' }, { dag_id: 'b' }] }] }, 'dag_id', 'dag_id'],
    [RUN, { actions: { conf: {}, other: { dag_run_ids: ['s'] } } }, 'dag_run_ids', 'dag_run_id'],
    [{ dag_id: '~', dag_run_id: 'r' }, { dag_run_id: 's' }, 'dag_run_id', 'dag_run_id'],
    [{ map_index: '5' }, { map_index: 6 }, 'map_index', 'map_index'],
    [{ pool_name: 'p' }, { name: 'q' }, 'name', 'pool_name'],
    [{ pool_name: 'p' }, { pool: 'q' }, 'pool', 'pool_name'],
    [{ role_name: 'p' }, { name: 'Admin' }, 'name', 'role_name'],
    [{ variable_key: 'k' }, { key: 'l' }, 'key', 'variable_key'],
    [{ username: 'u' }, { username: 'v' }, 'username', 'username'],
    // `~` is a name like others there.
    [{ pool_name: '~' }, { name: 'default_pool' }, 'name', 'pool_name'],
    [{ variable_key: '~' }, { key: 'l' }, 'key', 'variable_key'],
    [{ connection_id: '~' }, { connection_id: 'c' }, 'connection_id', 'connection_id'],
  ])('%j is not %j', (path, body, key, parameter) => {
    expect(() => checkBodyNames(path, body)).toThrow(
      new Refusal(
        'invalid-value',
        `"${key}" in the body must be the {${parameter}} of the path. Send one request for each, or leave it out.`,
      ),
    );
  });
});

describe('a masked value', () => {
  const MASKED = expect.objectContaining({
    code: 'invalid-value',
    message: expect.stringMatching(/^The body contains "\*\*\*"/),
  });

  test.each<[path: string, body: unknown]>([
    ['/variables', { value: '***' }],
    ['/variables/{variable_key}', { value: '{"a":"***"}' }],
    ['/variables', { value: { a: { b: ['x', '***'] } } }],
    ['/connections/{connection_id}', { password: '***', host: 'h' }],
    ['/connections', { actions: [{ entities: [{ extra: '{"a": "***"}' }] }] }],
    ['/connections', { host: 'https://jo:***@example.com' }],
    ['/connections/test', { password: '***' }],
  ])('%s: %j', (path, body) => {
    expect(() => checkMaskedValues(path, body)).toThrow(MASKED);
  });

  test.each<[path: string, body: unknown]>([
    ['/variables', undefined],
    ['/variables', { value: '****', description: 'shown as ***' }],
    ['/variables', { value: [null, true, 1, { a: '' }] }],
    ['/variables', { '***': 'x' }],
    ['/pools', { description: '***' }],
    ['/dags/{dag_id}/dagRuns', { conf: { password: '***' } }],
    ['/variablesX', { value: '***' }],
    ['/dags/connections', { value: '***' }],
  ])('is not in %s: %j', (path, body) => {
    expect(() => checkMaskedValues(path, body)).not.toThrow();
  });
});
