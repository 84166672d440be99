import type { Argument } from './catalog.ts';

/**
 * Arguments whose value Airflow itself reads as JSON, by argparse's `dest`. Their text may be re-spelt inside JSON strings
 * without changing what Airflow reads. `variables set --json` is not among them: it stores the text as it came.
 * Source: `airflow/cli/commands/*_command.py` of 2.10.3 and 3.0.6, where each is handed to `json.loads`.
 */
const JSON_DESTS = new Set(['conf', 'dag_run_conf', 'conn_json', 'task_params', 'env_vars']);

export function isJsonArgument(argument: Argument): boolean {
  return argument.type === 'json' || JSON_DESTS.has(argument.dest);
}

/**
 * Spells `'`, `$`, backtick, `!` and everything outside ASCII as `\uXXXX`. In valid JSON they stand only inside strings, so
 * the value stays the same, and the text holds nothing that a shell or a `shlex` could read in two ways. Works on the
 * source text: parsing and writing anew would round numbers and drop repeated keys.
 */
export function escapeJson(text: string): string {
  return text.replace(/['$`!\u007f-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
