import { describe, expect, test } from 'vitest';
import { isSwitch } from '../../../airflow/catalog.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { COMMAND_SETS } from '../../../policy/command-sets.ts';
import { isHarmlessOption, isWideOption } from '../../../policy/option-effects.ts';
import { expandRule } from '../../../policy/rule.ts';

const RELEASES = CATALOGS.releases();

/**
 * The options that sets allow, by argparse's `dest`. Each was reviewed in Airflow's source: none writes a file, prints a secret,
 * runs other code or affects another DAG than the one given. The test fails for a new option in a release until the option is reviewed and added here.
 */
const REVIEWED_OPTIONS: Record<string, readonly string[]> = {
  '@read': (
    'alias dag_id default end_date field full hide_sensitive json limit local map_index name no_backfill num_executions ' +
    'permission report start_date state table tree uri'
  ).split(' '),
  '@secrets': ['default', 'json', 'map_index'],
  '@trigger': ['conf', 'exec_date', 'logical_date', 'name', 'run_id', 'uri'],
  '@operate': (
    'conf dag_id dag_run_conf downstream dry_run end_date exclude_parentdag exclude_subdags exec_date from_date logical_date ' +
    'max_active_runs name only_failed only_running reprocess_behavior run_backwards run_id run_on_latest_version start_date ' +
    'task_regex to_date upstream uri'
  ).split(' '),
};

test('at least 16 releases have a catalog', () => expect(RELEASES.length).toBeGreaterThanOrEqual(16));

describe.each(Object.keys(COMMAND_SETS))('%s', (set) => {
  test.each(RELEASES)('on Airflow %s allows only reviewed options', (release) => {
    const allowed = expandRule(CATALOGS.read(release), set)
      .flatMap(({ command }) => command.arguments)
      .filter((argument) => argument.flags !== undefined && !isWideOption(argument) && !isHarmlessOption(argument));
    const unreviewed = allowed.filter(({ dest }) => !REVIEWED_OPTIONS[set]?.includes(dest));
    expect(unreviewed.map(({ dest, help }) => `${dest}: ${help}`)).toEqual([]);
    expect(allowed.filter((argument) => isSwitch(argument) && /show|value|secret/.test(argument.dest))).toEqual([]);
  });
});
