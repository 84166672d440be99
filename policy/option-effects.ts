import type { Argument } from '../airflow/catalog.ts';

/**
 * Options that cannot change what a command reaches: how the answer looks and whether a question is asked. They need no
 * mention in a grant. By argparse's `dest`. The only such list.
 */
const HARMLESS_DESTS = new Set(['output', 'verbose', 'yes', 'no_confirm', 'color', 'columns', 'replace_microseconds']);

/**
 * Options that reach further than the arguments beside them: other files, every DAG that matches a pattern, a process in the
 * background, a file written on the web server, values that are secret. `--*` does not stand for them; they are granted by
 * name.
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
