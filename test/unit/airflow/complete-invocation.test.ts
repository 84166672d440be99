import { describe, expect, test } from 'vitest';
import { completeInvocation, getRunId, isTrigger, type OutputFormat } from '../../../airflow/complete-invocation.ts';
import { addArgument, getArgumentValue } from '../../../airflow/invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { createTestCatalog } from './create-test-catalog.ts';

/** Two commands of 1.10, whose options are spelt with `_`. */
const AIRFLOW_1 = {
  ...createTestCatalog(),
  commands: [
    {
      path: ['trigger_dag'],
      arguments: [{ dest: 'dag_id' }, { dest: 'run_id', flags: ['-r', '--run_id'] }],
    },
    { path: ['list_dags'], arguments: [{ dest: 'output', flags: ['--output'], choices: ['csv', 'table'] }] },
  ],
};

/** A command with options of the names that matter, which is no trigger and does not tell its formats. */
const NO_CHOICES_CATALOG = createTestCatalog(
  { dest: 'output', flags: ['--output'] },
  { dest: 'run_id', flags: ['--run-id'] },
);

describe('what the caller left open is added', () => {
  test.each<[what: string, catalog: typeof AIRFLOW_2, text: string, format: OutputFormat, expected: string]>([
    ['JSON, where the command can', AIRFLOW_2, 'dags list', 'json', 'dags list --output=json'],
    ['nothing for raw', AIRFLOW_2, 'dags list', 'raw', 'dags list'],
    ['no format beside the own', AIRFLOW_2, 'dags list -o table', 'json', 'dags list --output=table'],
    ['no format that the command cannot', AIRFLOW_1, 'list_dags', 'json', 'list_dags'],
    ['no format that the command does not tell', NO_CHOICES_CATALOG, 'things do', 'json', 'things do'],
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
  ])('%s: %s', (_what, catalog, text, format, expected) => {
    expect(
      renderCommandLine(completeInvocation(parseInvocation(catalog, splitCommandLine(text)), format, 'ours')),
    ).toBe(expected);
  });

  test.each<[catalog: typeof AIRFLOW_2, text: string, ours: Record<string, string[]>]>([
    [AIRFLOW_2, 'dags trigger d -r mine', { output: ['json'], replace_microseconds: [] }],
    [AIRFLOW_2, 'dags trigger d -o yaml', { run_id: ['ours'], replace_microseconds: [] }],
    [AIRFLOW_1, 'trigger_dag d', { run_id: ['ours'] }],
    [AIRFLOW_2, 'version', {}],
  ])('%#: and marked as ours: %s', (catalog, text, ours) => {
    const { addedByProxy, values } = completeInvocation(
      parseInvocation(catalog, splitCommandLine(text)),
      'json',
      'ours',
    );
    expect(Object.fromEntries([...addedByProxy].map((argument) => [argument.dest, values.get(argument)]))).toEqual(
      ours,
    );
  });
});

test.each<[catalog: typeof AIRFLOW_2, text: string, trigger: boolean, runId: string | undefined]>([
  [AIRFLOW_2, 'dags trigger d -r mine', true, 'mine'],
  [AIRFLOW_2, 'dags trigger d', true, undefined],
  [AIRFLOW_1, 'trigger_dag d -r mine', true, 'mine'],
  [AIRFLOW_2, 'dags pause d', false, undefined],
])('%#: %s is a trigger: %s, of run %s', (catalog, text, trigger, runId) => {
  const invocation = parseInvocation(catalog, splitCommandLine(text));
  expect(isTrigger(invocation)).toBe(trigger);
  expect(getRunId(invocation)).toBe(runId);
});

describe('the value of an argument', () => {
  const catalog = createTestCatalog(
    { dest: 'name' },
    { dest: 'label', flags: ['-l', '--label'], action: 'append' },
    { dest: 'switch', flags: ['--switch'], action: 'store-true' },
  );
  const invocation = parseInvocation(catalog, splitCommandLine('things do x --label a -l b --switch'));

  test.each<[name: string, value: string | undefined]>([
    ['name', 'x'],
    ['--label', 'b'],
    ['-l', 'b'],
    ['label', undefined],
    ['--name', undefined],
    ['--switch', undefined],
  ])('%s: %s', (name, value) => expect(getArgumentValue(invocation, name)).toBe(value));

  test('is added without changing the invocation it is added to', () => {
    const [name, label] = catalog.commands[0]!.arguments;
    const one = parseInvocation(catalog, splitCommandLine('things do x'));
    const two = addArgument(addArgument(one, label!, ['a']), name!, ['y']);
    expect([...one.values]).toEqual([[name, ['x']]]);
    expect(one.addedByProxy.size).toBe(0);
    expect([...two.values]).toEqual([
      [name, ['y']],
      [label, ['a']],
    ]);
    expect(two.addedByProxy).toEqual(new Set([label, name]));
    expect(two.command).toBe(one.command);
  });
});
