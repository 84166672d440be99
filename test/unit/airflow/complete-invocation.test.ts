import { describe, expect, test } from 'vitest';
import { completeInvocation, getRunId, isTrigger } from '../../../airflow/complete-invocation.ts';
import { addArgument, getArgumentValue } from '../../../airflow/invocation.ts';
import type { OutputFormat } from '../../../airflow/output-format.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { createTestCatalog } from './create-test-catalog.ts';

/** Two commands as in Airflow 1.10, which spells options with `_`. */
const UNDERSCORE_CATALOG = {
  ...createTestCatalog(),
  commands: [
    {
      path: ['trigger_dag'],
      arguments: [{ dest: 'dag_id' }, { dest: 'run_id', flags: ['-r', '--run_id'] }],
    },
    { path: ['list_dags'], arguments: [{ dest: 'output', flags: ['--output'], choices: ['csv', 'table'] }] },
  ],
};

/** A command that is not a trigger, with `--run-id` and with an `--output` without choices. */
const NO_CHOICES_CATALOG = createTestCatalog(
  { dest: 'output', flags: ['--output'] },
  { dest: 'run_id', flags: ['--run-id'] },
);

describe('adds options that the caller did not give', () => {
  test.each<[what: string, catalog: typeof AIRFLOW_2, text: string, format: OutputFormat, expected: string]>([
    ['JSON if the command supports it', AIRFLOW_2, 'dags list', 'json', 'dags list --output=json'],
    ['no format for raw output', AIRFLOW_2, 'dags list', 'raw', 'dags list'],
    ['no format if the caller gave one', AIRFLOW_2, 'dags list -o table', 'json', 'dags list --output=table'],
    ['no format that the command does not support', UNDERSCORE_CATALOG, 'list_dags', 'json', 'list_dags'],
    ['no format if the command has no list of formats', NO_CHOICES_CATALOG, 'things do', 'json', 'things do'],
    ['nothing if the command has no such options', AIRFLOW_2, 'version', 'json', 'version'],
    [
      'a run id and the full date for a trigger, even with raw output',
      AIRFLOW_2,
      'dags trigger d',
      'raw',
      'dags trigger --no-replace-microseconds --run-id=proxy-id d',
    ],
    [
      'the same options for a trigger of Airflow 3',
      AIRFLOW_3,
      'dags trigger d',
      'json',
      'dags trigger --no-replace-microseconds --output=json --run-id=proxy-id d',
    ],
    ['a run id for a trigger of 1.10', UNDERSCORE_CATALOG, 'trigger_dag d', 'json', 'trigger_dag --run_id=proxy-id d'],
    [
      'no run id if the caller gave one',
      AIRFLOW_2,
      'dags trigger -r caller-id --no-replace-microseconds d',
      'raw',
      'dags trigger --no-replace-microseconds --run-id=caller-id d',
    ],
  ])('%s: %s', (_what, catalog, text, format, expected) => {
    expect(
      renderCommandLine(completeInvocation(parseInvocation(catalog, splitCommandLine(text)), format, 'proxy-id')),
    ).toBe(expected);
  });

  test.each<[catalog: typeof AIRFLOW_2, text: string, added: Record<string, string[]>]>([
    [AIRFLOW_2, 'dags trigger d -r caller-id', { output: ['json'], replace_microseconds: [] }],
    [AIRFLOW_2, 'dags trigger d -o yaml', { run_id: ['proxy-id'], replace_microseconds: [] }],
    [UNDERSCORE_CATALOG, 'trigger_dag d', { run_id: ['proxy-id'] }],
    [AIRFLOW_2, 'version', {}],
  ])('%#: marks the added options of "%s"', (catalog, text, added) => {
    const { addedByProxy, values } = completeInvocation(
      parseInvocation(catalog, splitCommandLine(text)),
      'json',
      'proxy-id',
    );
    const actual = Object.fromEntries([...addedByProxy].map((argument) => [argument.dest, values.get(argument)]));
    expect(actual).toEqual(added);
  });
});

test.each<[catalog: typeof AIRFLOW_2, text: string, isTriggered: boolean, runId: string | undefined]>([
  [AIRFLOW_2, 'dags trigger d -r caller-id', true, 'caller-id'],
  [AIRFLOW_2, 'dags trigger d', true, undefined],
  [UNDERSCORE_CATALOG, 'trigger_dag d -r caller-id', true, 'caller-id'],
  [AIRFLOW_2, 'dags pause d', false, undefined],
])('%#: "%s" is a trigger: %s, with the run id %s', (catalog, text, isTriggered, runId) => {
  const invocation = parseInvocation(catalog, splitCommandLine(text));
  expect(isTrigger(invocation)).toBe(isTriggered);
  expect(getRunId(invocation)).toBe(runId);
});

describe('getArgumentValue and addArgument', () => {
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
  ])('the value of %s is %s', (name, value) => expect(getArgumentValue(invocation, name)).toBe(value));

  test('adding a value does not change the original invocation', () => {
    const [name, label] = catalog.commands[0]!.arguments;
    const original = parseInvocation(catalog, splitCommandLine('things do x'));
    const extended = addArgument(addArgument(original, label!, ['a']), name!, ['y']);
    expect([...original.values]).toEqual([[name, ['x']]]);
    expect(original.addedByProxy.size).toBe(0);
    expect([...extended.values]).toEqual([
      [name, ['y']],
      [label, ['a']],
    ]);
    expect(extended.addedByProxy).toEqual(new Set([label, name]));
    expect(extended.command).toBe(original.command);
  });
});
