import type { Argument } from '../airflow/catalog.ts';

/**
 * Options that cannot change what a command affects: they change the format of the output or skip a confirmation prompt. A rule
 * allows them without naming them. Contains argparse's `dest`.
 */
const HARMLESS_DESTS = new Set(['output', 'verbose', 'yes', 'no_confirm', 'color', 'columns', 'replace_microseconds']);

/**
 * Options that extend a command beyond its other arguments: they read other files, match every DAG by a regular expression, start
 * a background process, write a file on the web server or print secrets. `--*` does not cover them; a rule must name them. Contains
 * argparse's `dest`.
 */
const WIDE_DESTS = new Set([
  'bundle_name',
  'cfg_path',
  'daemon',
  'dag_regex',
  'dagfile_path',
  'error_file',
  'export',
  'file_io',
  'file_path',
  'imgcat',
  'imgcat_dagrun',
  'import',
  'include_dags',
  'log_file',
  'output_path',
  'pickle',
  'pid',
  'save',
  'save_dagrun',
  'show_values',
  'stderr',
  'stdout',
  'subdir',
  'treat_dag_as_regex',
  'treat_dag_id_as_regex',
]);

export const isHarmlessOption = (argument: Argument): boolean => HARMLESS_DESTS.has(argument.dest);

export const isWideOption = (argument: Argument): boolean =>
  WIDE_DESTS.has(argument.dest) || argument.type === 'file' || argument.type === 'directory';
