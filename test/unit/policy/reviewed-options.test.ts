import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Catalog, isSwitch } from '../../../airflow/catalog.ts';
import { COMMAND_SETS } from '../../../policy/command-sets.ts';
import { isHarmlessOption, isWideOption } from '../../../policy/option-effects.ts';
import { expandRule } from '../../../policy/rule.ts';

const CATALOG_FOLDER = new URL('../../../airflow/catalogs/', import.meta.url);
const CATALOGS = readdirSync(CATALOG_FOLDER).map(
  (file): Catalog => JSON.parse(readFileSync(new URL(file, CATALOG_FOLDER), 'utf8')),
);

/**
 * The options that sets let through, by argparse's `dest`, each looked at in Airflow's source: none writes a file, shows a
 * secret, runs other code or reaches another DAG than the arguments say. A release that brings a new one fails here until
 * somebody has looked.
 */
const REVIEWED_OPTIONS: Record<string, readonly string[]> = {
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

test('there is a catalog of every release', () => expect(CATALOGS.length).toBeGreaterThanOrEqual(16));

describe.each(Object.keys(COMMAND_SETS))('%s', (set) => {
  test.each(CATALOGS.map(({ airflow }) => airflow))('on %s lets through reviewed options only', (release) => {
    const catalog = CATALOGS.find(({ airflow }) => airflow === release)!;
    const through = expandRule(catalog, set)
      .flatMap(({ command }) => command.arguments)
      .filter((argument) => argument.flags !== undefined && !isWideOption(argument) && !isHarmlessOption(argument));
    const strange = through.filter(({ dest }) => !REVIEWED_OPTIONS[set]?.includes(dest));
    expect(strange.map(({ dest, help }) => `${dest}: ${help}`)).toEqual([]);
    expect(through.filter((argument) => isSwitch(argument) && /show|value|secret/.test(argument.dest))).toEqual([]);
  });
});
