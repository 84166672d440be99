import { describe, expect, test } from 'vitest';
import { complete, type Format, isTrigger, runIdOf } from '../../../airflow/complete.ts';
import { argumentValue, withAdded } from '../../../airflow/invocation.ts';
import { parse } from '../../../airflow/parse.ts';
import { render } from '../../../airflow/render.ts';
import { words } from '../../../airflow/words.ts';
import { AIRFLOW_2, AIRFLOW_3 } from './catalogues.ts';
import { invented } from './invented.ts';

/** Two commands of 1.10, whose options are spelt with `_`. */
const AIRFLOW_1 = {
  ...invented(),
  commands: [
    {
      path: ['trigger_dag'],
      arguments: [{ dest: 'dag_id' }, { dest: 'run_id', flags: ['-r', '--run_id'] }],
    },
    { path: ['list_dags'], arguments: [{ dest: 'output', flags: ['--output'], choices: ['csv', 'table'] }] },
  ],
};

/** A command with options of the names that matter, which is no trigger and does not tell its formats. */
const TELLS_NOTHING = invented({ dest: 'output', flags: ['--output'] }, { dest: 'run_id', flags: ['--run-id'] });

describe('what the caller left open is added', () => {
  test.each<[what: string, catalogue: typeof AIRFLOW_2, text: string, format: Format, expected: string]>([
    ['JSON, where the command can', AIRFLOW_2, 'dags list', 'json', 'dags list --output=json'],
    ['nothing for raw', AIRFLOW_2, 'dags list', 'raw', 'dags list'],
    ['no format beside the own', AIRFLOW_2, 'dags list -o table', 'json', 'dags list --output=table'],
    ['no format that the command cannot', AIRFLOW_1, 'list_dags', 'json', 'list_dags'],
    ['no format that the command does not tell', TELLS_NOTHING, 'things do', 'json', 'things do'],
    ['nothing where nothing can be', AIRFLOW_2, 'version', 'json', 'version'],
    [
      'to a trigger a run id and the full date, also for raw',
      AIRFLOW_2,
      'dags trigger d',
      'raw',
      'dags trigger --no-replace-microseconds --run-id=ours d',
    ],
    [
      'to a trigger of Airflow 3 too',
      AIRFLOW_3,
      'dags trigger d',
      'json',
      'dags trigger --no-replace-microseconds --output=json --run-id=ours d',
    ],
    ['to a trigger of 1.10 a run id', AIRFLOW_1, 'trigger_dag d', 'json', 'trigger_dag --run_id=ours d'],
    [
      'no run id beside the own',
      AIRFLOW_2,
      'dags trigger -r mine --no-replace-microseconds d',
      'raw',
      'dags trigger --no-replace-microseconds --run-id=mine d',
    ],
  ])('%s: %s', (_what, catalogue, text, format, expected) => {
    expect(render(complete(parse(catalogue, words(text)), format, 'ours'))).toBe(expected);
  });

  test.each<[catalogue: typeof AIRFLOW_2, text: string, ours: Record<string, string[]>]>([
    [AIRFLOW_2, 'dags trigger d -r mine', { output: ['json'], replace_microseconds: [] }],
    [AIRFLOW_2, 'dags trigger d -o yaml', { run_id: ['ours'], replace_microseconds: [] }],
    [AIRFLOW_1, 'trigger_dag d', { run_id: ['ours'] }],
    [AIRFLOW_2, 'version', {}],
  ])('%#: and marked as ours: %s', (catalogue, text, ours) => {
    const { added, values } = complete(parse(catalogue, words(text)), 'json', 'ours');
    expect(Object.fromEntries([...added].map((argument) => [argument.dest, values.get(argument)]))).toEqual(ours);
  });
});

test.each<[catalogue: typeof AIRFLOW_2, text: string, trigger: boolean, runId: string | undefined]>([
  [AIRFLOW_2, 'dags trigger d -r mine', true, 'mine'],
  [AIRFLOW_2, 'dags trigger d', true, undefined],
  [AIRFLOW_1, 'trigger_dag d -r mine', true, 'mine'],
  [AIRFLOW_2, 'dags pause d', false, undefined],
])('%#: %s is a trigger: %s, of run %s', (catalogue, text, trigger, runId) => {
  const invocation = parse(catalogue, words(text));
  expect(isTrigger(invocation)).toBe(trigger);
  expect(runIdOf(invocation)).toBe(runId);
});

describe('the value of an argument', () => {
  const catalogue = invented(
    { dest: 'name' },
    { dest: 'label', flags: ['-l', '--label'], action: 'append' },
    { dest: 'switch', flags: ['--switch'], action: 'store-true' },
  );
  const invocation = parse(catalogue, words('things do x --label a -l b --switch'));

  test.each<[name: string, value: string | undefined]>([
    ['name', 'x'],
    ['--label', 'b'],
    ['-l', 'b'],
    ['label', undefined],
    ['--name', undefined],
    ['--switch', undefined],
  ])('%s: %s', (name, value) => expect(argumentValue(invocation, name)).toBe(value));

  test('is added without changing the invocation it is added to', () => {
    const [name, label] = catalogue.commands[0]!.arguments;
    const one = parse(catalogue, words('things do x'));
    const two = withAdded(withAdded(one, label!, ['a']), name!, ['y']);
    expect([...one.values]).toEqual([[name, ['x']]]);
    expect(one.added.size).toBe(0);
    expect([...two.values]).toEqual([
      [name, ['y']],
      [label, ['a']],
    ]);
    expect(two.added).toEqual(new Set([label, name]));
    expect(two.command).toBe(one.command);
  });
});
