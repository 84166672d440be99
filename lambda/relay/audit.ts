import { isIdentifier } from '../../airflow/identifiers.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { renderWords } from '../../airflow/render.ts';

/**
 * One line a request. Every member is named here: nothing gets into the log that is not on this list, no token, no value of
 * an argument but identifiers, no stream.
 */
export interface AuditRecord {
  requestId: string;
  environment: string;
  caller?: string;
  command?: readonly string[];
  decision?: 'allowed' | 'refused';
  grant?: string;
  grantLine?: number;
  outcome?: string;
  problem?: string;
  status?: number;
  upstreamStatus?: number;
  durationMs?: number;
  /** Code or name of an unexpected error, never its text. */
  error?: string;
}

/** Writes a record as a line of JSON. */
export function writeAudit(record: AuditRecord): void {
  console.log(JSON.stringify({ audit: 1, ...record }));
}

/** The words of an invocation for the log: identifiers and choices shown, every other value masked. */
export function maskedWords(invocation: Invocation): string[] {
  const values = [...invocation.values].map(([argument, given]) => {
    const shown = isIdentifier(argument) || argument.choices !== undefined;
    return [argument, shown ? given : given.map(() => '***')] as const;
  });
  return renderWords({ ...invocation, values: new Map(values) });
}
