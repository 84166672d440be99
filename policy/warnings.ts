import { type Argument, nameOf } from '../airflow/catalogue.ts';
import { executesCode, showsSecrets } from '../airflow/effects.ts';
import { isWide } from './options.ts';
import { isDemanded, type Pattern } from './pattern.ts';

/** What one should know of a sentence whose effect is wider than it looks. Sets hold nothing of the kind. */
export function warningsOf(pattern: Pattern, airflow: string): string[] {
  const { command, named, text } = pattern;
  if (text.startsWith('@')) return [];
  const path = command.path.join(' ');
  const isNarrow = (dest: string) => [...named].some(([{ dest: own }, globs]) => own === dest && isDemanded(globs));
  const found: string[] = [];

  for (const argument of named.keys()) if (isWide(argument)) found.push(`${nameOf(argument)} ${wideness(argument)}`);
  if (executesCode(command.path)) found.push(`"${path}" runs the code of DAGs on the web server.`);
  if (path === 'tasks test' && airflow.startsWith('3.'))
    found.push('On Airflow 3 "tasks test" deletes runs that it made.');
  if (showsSecrets(command.path)) found.push(`"${path}" prints what is often secret.`);
  if ((path === 'tasks clear' || path === 'clear') && !(isNarrow('start_date') && isNarrow('end_date'))) {
    found.push(`"${path}" without --start-date and --end-date clears every run.`);
  }
  if (!command.listed) found.push(`AWS does not list "${path}" for Airflow ${airflow}: MWAA may refuse it.`);
  return found;
}

function wideness({ dest, type }: Argument): string {
  if (dest === 'subdir') return 'lets the caller choose which files of the web server are read and run.';
  if (/regex/.test(dest)) return 'turns the name of a DAG into a pattern: it reaches every DAG that matches.';
  if (type === 'file' || type === 'directory' || /save|output|log|std|pid|file|imgcat/.test(dest)) {
    return 'reads or writes a file on the web server.';
  }
  return 'reaches further than the arguments beside it.';
}
