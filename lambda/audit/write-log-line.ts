import { escapeInvisible } from '../../airflow/escape-text.ts';

/** Writes a log line as JSON. All its texts are escaped, because callers choose parts of them: identifiers, subjects, request ids. */
export function writeLogLine(line: object): void {
  console.log(JSON.stringify(line, (_key, value) => (typeof value === 'string' ? escapeInvisible(value) : value)));
}
