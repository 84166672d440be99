import { describe, expect, test } from 'vitest';
import { findGrammarSwitch, type Grammar, getGrammar, getGrammarChange } from '../../../airflow/argument-grammar.ts';
import { type Argument, type Command, findOption, isSwitch } from '../../../airflow/catalog.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { isWideOption } from '../../../policy/option-effects.ts';

interface CatalogArgument {
  readonly release: string;
  readonly command: Command;
  readonly argument: Argument;
}

const ALL = CATALOGS.releases().flatMap((release) =>
  CATALOGS.read(release).commands.flatMap((command) =>
    command.arguments.map((argument): CatalogArgument => ({ release, command, argument })),
  ),
);

const describeArgument = ({ release, command, argument }: CatalogArgument) =>
  `${release} ${command.path.join(' ')} ${argument.flags?.at(-1) ?? ''} ${argument.dest}: ${argument.help ?? ''}`;

/**
 * Switches that do not change how Airflow reads another argument. Each was looked up in Airflow's source. The test fails for a new
 * switch until it is looked up, and added here or to the table of grammars.
 */
const REVIEWED_SWITCHES = new Set(
  (
    'add alias all_recommendations allow_multiple anonymize clear_only clear_task_instances comment_out_everything ' +
    'continue_on_failures daemon debug defaults delete dev disable_retry do_pickle donot_pickle downstream drop_archives dry_run ' +
    'error_on_cleanup_failure exclude_parentdag exclude_providers exclude_subdags file_io fix force full hide_sensitive ' +
    'ignore_all_dependencies ignore_dependencies ignore_depends_on_past ignore_first_depends_on_past imgcat imgcat_dagrun ' +
    'include_dags include_deferred include_descriptions include_env_vars include_examples include_sources interactive json list ' +
    'local mark_success no_backfill no_confirm one_time only_failed only_idle only_running overwrite permission post_mortem pretty ' +
    'proxy_headers raw read_from_db replace_microseconds report rerun_failed_tasks reserialize_dags reset_dagruns run_backwards ' +
    'run_on_latest_version ship_dag show_dagrun show_sql_only show_values shut_down_logging skip_archive skip_init ' +
    'skip_serve_logs table tree upstream use_executor use_migration_files use_random_password verbose without_gossip ' +
    'without_mingle yes'
  ).split(' '),
);

describe('every argument of every release', () => {
  test('has a grammar', () => {
    const undecided = ALL.filter(({ command, argument }) => getGrammar(command, argument) === undefined);
    expect(undecided.map(describeArgument)).toEqual([]);
  });

  test('is not changed by a switch that nobody has looked up', () => {
    const unreviewed = ALL.filter(({ argument }) => isSwitch(argument)).filter(
      ({ argument }) => !REVIEWED_SWITCHES.has(argument.dest) && getGrammarChange(argument) === undefined,
    );
    expect(unreviewed.map(describeArgument)).toEqual([]);
  });

  test('has its own spelling of a date: help that speaks of a date, a regex or JSON agrees with the grammar', () => {
    const expected: [RegExp, RegExp][] = [
      [/^(start|end|exec|execution|logical|from|to)_date$/, /date/],
      [/regex|pattern/, /^(regular-expression|switch)$/],
      [/_date_or_run_id$/, /^date-or-run-id$/],
      [/json$|conf$/, /^(json|switch|path)$/],
    ];
    const wrong = ALL.filter(({ command, argument }) =>
      expected.some(
        ([dest, grammar]) => dest.test(argument.dest) && !grammar.test(getGrammar(command, argument) ?? ''),
      ),
    );
    expect(wrong.map(describeArgument)).toEqual([]);
  });
});

test('a switch that changes a grammar is never granted without its name', () => {
  const changing = ALL.filter(({ argument }) => getGrammarChange(argument));
  expect(new Set(changing.map(({ argument }) => argument.dest))).toEqual(
    new Set(['dag_regex', 'treat_dag_as_regex', 'treat_dag_id_as_regex']),
  );
  expect(changing.filter(({ argument }) => !isWideOption(argument))).toEqual([]);
  for (const { command, argument } of changing) {
    const changed = command.arguments.filter((other) => findGrammarSwitch(other, [argument]));
    expect(changed.map(({ dest }) => dest)).toEqual(['dag_id']);
  }
});

describe('the grammar of an argument', () => {
  test.each<[release: string, path: string, name: string, grammar: Grammar]>([
    ['1.10.12', 'clear', 'dag_id', 'name'],
    ['1.10.12', 'clear', '--start_date', 'date'],
    ['1.10.12', 'clear', '--task_regex', 'regular-expression'],
    ['1.10.12', 'trigger_dag', '--exec_date', 'date'],
    ['1.10.12', 'variables', '--set', 'expression'],
    ['2.0.2', 'tasks state', 'execution_date', 'date'],
    ['2.10.3', 'tasks state', 'execution_date_or_run_id', 'date-or-run-id'],
    ['2.10.3', 'dags state', 'execution_date', 'date'],
    ['2.10.3', 'dags trigger', '--conf', 'json'],
    ['2.10.3', 'dags list', '--columns', 'list'],
    ['2.10.3', 'dags list', '--subdir', 'path'],
    ['2.10.3', 'dags list-jobs', '--limit', 'number'],
    ['2.10.3', 'dags list-jobs', '--state', 'choice'],
    ['2.10.3', 'db clean', '--clean-before-timestamp', 'date'],
    ['2.10.3', 'db clean', '--tables', 'list'],
    ['2.10.3', 'celery worker', '--queues', 'list'],
    ['2.10.3', 'celery worker', '--autoscale', 'expression'],
    ['2.10.3', 'connections add', '--conn-uri', 'uri'],
    ['2.10.3', 'connections add', '--conn-host', 'uri'],
    ['2.10.3', 'connections add', '--conn-extra', 'json'],
    ['2.10.3', 'connections add', '--conn-port', 'number'],
    ['2.10.3', 'pools set', 'slots', 'number'],
    ['2.10.3', 'pools set', 'description', 'text'],
    ['2.10.3', 'variables set', 'value', 'text'],
    ['2.10.3', 'variables import', 'file', 'path'],
    ['2.10.3', 'variables export', 'file', 'path'],
    ['2.10.3', 'dags test', '--mark-success-pattern', 'regular-expression'],
    ['2.10.3', 'db downgrade', '--to-revision', 'expression'],
    ['2.11.2', 'config lint', '--option', 'list'],
    ['2.11.2', 'config lint', '--ignore-option', 'exclusion-list'],
    ['2.11.2', 'config get-value', 'option', 'name'],
    ['3.0.6', 'dags state', 'logical_date_or_run_id', 'date-or-run-id'],
    ['3.0.6', 'dags test', 'logical_date', 'date'],
    ['3.2.1', 'db clean', '--dag-ids', 'list'],
    ['3.2.1', 'db clean', '--exclude-dag-ids', 'exclusion-list'],
    ['3.3.1', 'backfill create', '--from-date', 'wall-clock-date'],
    ['3.3.1', 'dags clear', '--partition-date-start', 'wall-clock-date'],
    ['3.3.1', 'partitions clear', '--start-date', 'wall-clock-date'],
    ['3.3.1', 'partitions clear', '--date', 'expression'],
    ['3.3.1', 'dags list-runs', '--start-date', 'date'],
    ['3.3.1', 'tasks clear', '--dag-regex', 'switch'],
  ])('%s %s %s: %s', (release, path, name, grammar) => {
    const command = CATALOGS.read(release).commands.find((each) => each.path.join(' ') === path)!;
    const argument = findOption(command, name) ?? command.arguments.find(({ dest }) => dest === name)!;
    expect(getGrammar(command, argument)).toBe(grammar);
  });

  test('is undefined for an argument that nobody has decided', () => {
    const argument: Argument = { flags: ['--unheard-of'], dest: 'unheard_of' };
    expect(getGrammar({ path: ['things', 'do'], arguments: [argument] }, argument)).toBeUndefined();
  });
});
