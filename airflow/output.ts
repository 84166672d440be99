/**
 * Finds the value that a command printed with `--output json`: the last complete JSON array or object that begins at the
 * start of a line, among log lines, warnings and what DAG files print.
 *
 * @param keys what every object of this command's answer has
 * @returns the value, or undefined when there is none
 */
export function findOutput(stdout: string, keys: readonly string[] = []): unknown {
  const lines = stdout.split('\n');
  let multiline = 20;
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at]!.trim();
    if (!line.startsWith('[') && !line.startsWith('{')) continue;
    const value = parsed(line) ?? (multiline-- > 0 ? parsed(lines.slice(at).join('\n')) : undefined);
    if (hasShape(value, keys)) return value;
  }
  return undefined;
}

/** Airflow prints a list of objects, or one object. A log line's `[…]` is neither. */
function hasShape(value: unknown, keys: readonly string[]): boolean {
  const isObject = (one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one) && keys.every((key) => Object.hasOwn(one, key));
  return Array.isArray(value) ? value.every(isObject) : isObject(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
