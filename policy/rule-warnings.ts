import { type Argument, getArgumentName } from '../airflow/catalog.ts';
import { printsSecrets, runsDagCode } from '../airflow/command-effects.ts';
import { isWideOption } from './option-effects.ts';
import { type Rule, requiresArgument } from './rule.ts';

/** What one should know of a sentence whose effect is wider than it looks. Sets hold nothing of the kind. */
export function findRuleWarnings(pattern: Rule, airflow: string): string[] {
  const { command, argumentGlobs, text } = pattern;
  if (text.startsWith('@')) return [];
  const path = command.path.join(' ');
  const isNarrow = (dest: string) =>
    [...argumentGlobs].some(([{ dest: own }, globs]) => own === dest && requiresArgument(globs));
  const found: string[] = [];

  for (const argument of argumentGlobs.keys())
    if (isWideOption(argument)) found.push(`${getArgumentName(argument)} ${describeWideOption(argument)}`);
  if (runsDagCode(command.path)) found.push(`"${path}" runs the code of DAGs on the web server.`);
  if (path === 'tasks test' && airflow.startsWith('3.'))
    found.push('On Airflow 3 "tasks test" deletes runs that it made.');
  if (printsSecrets(command.path)) found.push(`"${path}" prints what is often secret.`);
  if ((path === 'tasks clear' || path === 'clear') && !(isNarrow('start_date') && isNarrow('end_date'))) {
    found.push(`"${path}" without --start-date and --end-date clears every run.`);
  }
  if (!command.listed) found.push(`AWS does not list "${path}" for Airflow ${airflow}: MWAA may refuse it.`);
  return found;
}

function describeWideOption({ dest, type }: Argument): string {
  if (dest === 'subdir') return 'lets the caller choose which files of the web server are read and run.';
  if (/regex/.test(dest)) return 'turns the name of a DAG into a pattern: it reaches every DAG that matches.';
  if (type === 'file' || type === 'directory' || /save|output|log|std|pid|file|imgcat/.test(dest)) {
    return 'reads or writes a file on the web server.';
  }
  return 'reaches further than the arguments beside it.';
}
