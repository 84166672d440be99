import { type Argument, getArgumentName } from '../airflow/catalog.ts';
import { printsSecrets, runsDagCode } from '../airflow/command-effects.ts';
import { isWideOption } from './option-effects.ts';
import { type Rule, requiresArgument } from './rule.ts';

/**
 * Finds warnings about a rule that allows more than it appears to. Each is a complete sentence. Rules from a set have none.
 *
 * @param airflow release, as in `2.10.3`
 */
export function findRuleWarnings({ command, matchers, text }: Rule, airflow: string): string[] {
  if (text.startsWith('@')) return [];
  const path = command.path.join(' ');
  const isRestricted = (dest: string) =>
    [...matchers].some(([argument, required]) => argument.dest === dest && requiresArgument(required));
  const warnings: string[] = [];

  for (const argument of matchers.keys())
    if (isWideOption(argument)) warnings.push(`${getArgumentName(argument)} ${describeWideOption(argument)}`);
  if (runsDagCode(command.path)) warnings.push(`"${path}" runs DAG code on the web server.`);
  if (path === 'tasks test' && airflow.startsWith('3.'))
    warnings.push('On Airflow 3, "tasks test" deletes the runs that it creates.');
  if (printsSecrets(command.path)) warnings.push(`"${path}" can print secrets.`);
  if ((path === 'tasks clear' || path === 'clear') && !(isRestricted('start_date') && isRestricted('end_date'))) {
    warnings.push(`"${path}" without --start-date and --end-date clears every run.`);
  }
  if (!command.listed) warnings.push(`AWS does not list "${path}" for Airflow ${airflow}. MWAA may reject it.`);
  return warnings;
}

function describeWideOption({ dest, type }: Argument): string {
  if (dest === 'subdir') return 'lets the caller choose which files the web server reads and runs.';
  if (/regex/.test(dest)) return 'turns the DAG id into a regular expression: the rule covers every DAG that matches.';
  if (type === 'file' || type === 'directory' || /save|output|log|std|pid|file|imgcat/.test(dest)) {
    return 'reads or writes a file on the web server.';
  }
  return 'extends the command beyond its other arguments.';
}
