import { escapeInvisible } from '../../airflow/escape-text.ts';

/** Writes a log line as JSON. All its texts are escaped, because callers choose parts of them: identifiers, subjects, request ids. */
export function writeLogLine(line: object): void {
  const text = JSON.stringify(line);
  // A backslash may stand for a character that is escaped. A function that is called for each member takes ten times as long.
  const isPlain = /^[ -[\]-~]*$/.test(text);
  console.log(isPlain ? text : JSON.stringify(line, escapeValue));
}

const escapeValue = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? escapeInvisible(value) : value;
