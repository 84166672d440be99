import { type Argument, getArgumentName, isSwitch } from '../airflow/catalog.ts';
import type { ValueText } from './is-narrow.ts';
import { type ArgumentEffect, findArgumentEffect } from './option-effects.ts';

/** What each effect of an argument can do. Completes the sentence that begins with the name of the argument. */
const RISKS: Readonly<Record<Exclude<ArgumentEffect, 'none' | 'format'>, string>> = {
  'chooses-code': 'lets the caller choose which code the web server reads and runs.',
  'every-dag': 'turns the DAG id into a regular expression: the rule covers every DAG that matches.',
  'uses-files': 'reads or writes a file on the web server.',
  'prints-secrets': 'prints values, also secrets.',
  'destroys-data': 'deletes data for good.',
  'costs-web-server': 'leaves a program running on the web server.',
};

/** Where the general sentence is wrong or vague. */
const RISKS_OF_DESTS: Readonly<Record<string, string>> = {
  bundle_name: 'lets the caller choose which DAG bundle the web server reads and runs.',
  env_vars: 'sets environment variables on the web server, which change what the task runs.',
  file_io: 'uploads the configuration to file.io, a public site.',
  imgcat: 'starts the program "imgcat" on the web server.',
  imgcat_dagrun: 'starts the program "imgcat" on the web server.',
  include_dags: 'changes the permissions of every DAG.',
  subdir: 'lets the caller choose which files the web server reads and runs.',
};

/** Warns about an argument that extends a command, unless the rule allows only one exact value. */
export function findArgumentWarning(argument: Argument, values: readonly ValueText[]): string | undefined {
  const effect = findArgumentEffect(argument);
  if (effect === undefined || effect === 'none' || effect === 'format') return undefined;
  const takesValue = !isSwitch(argument);
  if (takesValue && values.every(({ text }) => !text.includes('*'))) return undefined;
  const name = getArgumentName(argument);
  const remedy = takesValue ? 'Write one exact value.' : `Remove ${name}.`;
  return `${name} ${RISKS_OF_DESTS[argument.dest] ?? RISKS[effect]} ${remedy}`;
}
