import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Catalogue, isSwitch } from '../../../airflow/catalogue.ts';
import { isHarmless, isWide } from '../../../policy/options.ts';
import { patterns } from '../../../policy/pattern.ts';
import { SETS } from '../../../policy/sets.ts';

const FOLDER = new URL('../../../airflow/catalogues/', import.meta.url);
const CATALOGUES = readdirSync(FOLDER).map(
  (file): Catalogue => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')),
);

/**
 * The options that sets let through, by argparse's `dest`, each looked at in Airflow's source: none writes a file, shows a
 * secret, runs other code or reaches another DAG than the arguments say. A release that brings a new one fails here until
 * somebody has looked.
 */
const REVIEWED: Record<string, readonly string[]> = {
  '@read': [
    ...['alias', 'dag_id', 'default', 'end_date', 'field', 'full', 'hide_sensitive', 'json', 'limit', 'local'],
    ...['map_index', 'name', 'no_backfill', 'num_executions', 'permission', 'report', 'start_date', 'state', 'table'],
    ...['tree', 'uri'],
  ],
  '@secrets': ['default', 'json', 'map_index'],
  '@trigger': ['conf', 'exec_date', 'logical_date', 'name', 'run_id', 'uri'],
  '@operate': [
    ...['conf', 'dag_id', 'dag_run_conf', 'downstream', 'dry_run', 'end_date', 'exclude_parentdag', 'exclude_subdags'],
    ...['exec_date', 'from_date', 'logical_date', 'max_active_runs', 'name', 'only_failed', 'only_running'],
    ...[
      'reprocess_behavior',
      'run_backwards',
      'run_id',
      'run_on_latest_version',
      'start_date',
      'task_regex',
      'to_date',
    ],
    ...['upstream', 'uri'],
  ],
};

test('there is a catalogue of every release', () => expect(CATALOGUES.length).toBeGreaterThanOrEqual(16));

describe.each(Object.keys(SETS))('%s', (set) => {
  test.each(CATALOGUES.map(({ airflow }) => airflow))('on %s lets through reviewed options only', (release) => {
    const catalogue = CATALOGUES.find(({ airflow }) => airflow === release)!;
    const through = patterns(catalogue, set)
      .flatMap(({ command }) => command.arguments)
      .filter((argument) => argument.flags !== undefined && !isWide(argument) && !isHarmless(argument));
    const strange = through.filter(({ dest }) => !REVIEWED[set]?.includes(dest));
    expect(strange.map(({ dest, help }) => `${dest}: ${help}`)).toEqual([]);
    expect(through.filter((argument) => isSwitch(argument) && /show|value|secret/.test(argument.dest))).toEqual([]);
  });
});
