import type { Argument } from './catalog.ts';

/**
 * The `dest` of arguments whose value Airflow itself parses as JSON. Escapes inside their JSON strings may change without
 * changing the parsed value. `variables set --json` is not among them: Airflow stores its text unchanged.
 * Source: `airflow/cli/commands/*_command.py` of 2.10.3 and 3.0.6, which pass each to `json.loads`.
 */
const JSON_DESTS = new Set(['conf', 'dag_run_conf', 'conn_json', 'task_params', 'env_vars']);

export function isJsonArgument(argument: Argument): boolean {
  return argument.type === 'json' || JSON_DESTS.has(argument.dest);
}

/**
 * Escapes `'`, `$`, backtick, `!` and every non-ASCII character as `\uXXXX`. In valid JSON these occur only inside strings, so the
 * value stays the same, and a shell and `shlex` read the text alike. Works on the source text, because parsing and serializing would
 * round numbers and drop repeated keys.
 */
export function escapeJson(text: string): string {
  return text.replace(/['$`!\u007f-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
