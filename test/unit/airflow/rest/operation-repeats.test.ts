import { expect, test } from 'vitest';
import { OPERATION_FACTS } from '../../../../airflow/rest/operation-facts.ts';
import { findRepeat, isHarmlessRepeat, OPERATION_REPEATS } from '../../../../airflow/rest/operation-repeats.ts';

const toOperation = (name: string) => {
  const [method = '', path = ''] = name.split(' ');
  return { method, path };
};
const CHANGES = Object.keys(OPERATION_FACTS).filter((name) => !OPERATION_FACTS[name]!.effects.includes('reads'));

test('the effect of a repeat is known for every POST that changes something', () => {
  const posts = CHANGES.filter((name) => name.startsWith('POST '));
  expect(posts.length).toBeGreaterThan(20);
  expect(posts.filter((name) => !Object.hasOwn(OPERATION_REPEATS, name))).toEqual([]);
});

test('every row is an operation that changes something', () => {
  expect(Object.keys(OPERATION_REPEATS).filter((name) => !CHANGES.includes(name))).toEqual([]);
});

test('what starts, clears or controls runs with POST is never said to be harmless, unless the proxy recognizes it', () => {
  for (const name of CHANGES.filter((each) => each.startsWith('POST '))) {
    const { effects } = OPERATION_FACTS[name]!;
    if (!effects.some((effect) => effect === 'starts-runs' || effect === 'controls-runs')) continue;
    if (name === 'POST /dags/{dag_id}/updateTaskInstancesState') continue;
    expect(findRepeat(toOperation(name))?.effect, name).not.toBe('nothing');
  }
});

test.each<[name: string, airflow: string, isHarmless: boolean]>([
  ['GET /dags', '3.3.1', true],
  ['PATCH /dags/{dag_id}', '2.10.3', true],
  ['DELETE /variables/{variable_key}', '3.0.6', true],
  ['DELETE /datasets/queuedEvent/{uri}', '2.10.3', false],
  ['POST /dags/{dag_id}/clearTaskInstances', '2.10.3', false],
  ['POST /assets/{asset_id}/materialize', '3.0.6', false],
  ['POST /assets/{asset_id}/materialize', '3.2.1', true],
])('%s of %s', (name, airflow, isHarmless) => {
  expect(isHarmlessRepeat(toOperation(name), airflow)).toBe(isHarmless);
});
