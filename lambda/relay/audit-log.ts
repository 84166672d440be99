import { isIdentifier } from '../../airflow/identifiers.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { renderArgv } from '../../airflow/render-command-line.ts';
import type { SendTrace } from '../../mwaa/cli/send-command.ts';
import { toEmbeddedMetrics } from './to-embedded-metrics.ts';

/**
 * What the log says of a request. Every member is named here: nothing gets into the log that is not on this list, no token, no
 * value of an argument but identifiers, no stream.
 */
export interface AuditRecord {
  /** API Gateway's, as the caller is told it. */
  requestId: string;
  /** Lambda's, as its own log lines have it. */
  lambdaRequestId: string;
  environment: string;
  caller?: string;
  command?: readonly string[];
  decision?: 'allowed' | 'refused';
  grant?: string;
  grantLine?: number;
  outcome?: string;
  replayed?: boolean;
  problem?: string;
  /** Of a health check. */
  healthy?: boolean;
  /** Of the way to Airflow, by a health check. */
  failedStep?: string;
  status?: number;
  durationMs?: number;
  /** Code or name of an unexpected error, never its text. */
  error?: string;
  /** Of the post, once there is one. */
  trace?: SendTrace;
}

/**
 * Says what is about to be sent, before it is. A function that dies on the way leaves this line, and no line of an outcome with
 * the same request id.
 */
export function writeAuditIntent(record: AuditRecord): void {
  writeAuditLine({ audit: 'intent', ...record });
}

/**
 * Says what became of a request, with its metrics in CloudWatch's embedded format.
 *
 * @param at milliseconds since the epoch
 */
export function writeAuditOutcome({ trace, ...record }: AuditRecord, at: number): void {
  writeAuditLine({ audit: 'outcome', ...record, ...trace, ...toEmbeddedMetrics(record, trace, at) });
}

function writeAuditLine(line: object): void {
  console.log(JSON.stringify(line));
}

/** Longest word, and most values of one argument, that the log shows. Airflow's own ids have at most 250 characters. */
const MAX_ARGUMENT_LENGTH = 300;
const MAX_VALUES_SHOWN = 10;

/** The words of an invocation for the log: identifiers and choices shown, every other value masked, and none too long. */
export function maskArgv(invocation: Invocation): string[] {
  const values = [...invocation.values].map(([argument, given]) => {
    const shown = isIdentifier(argument) || argument.choices !== undefined;
    return [argument, truncateValues(given.map((value) => (shown && !isUnsafeToLog(value) ? value : '***')))] as const;
  });
  return renderArgv({ ...invocation, values: new Map(values) }).map((word) =>
    word.length > MAX_ARGUMENT_LENGTH ? `${word.slice(0, MAX_ARGUMENT_LENGTH)}…` : word,
  );
}

/** In the place of an identifier, what is none: an address with a password in it, or a text. */
const isUnsafeToLog = (value: string): boolean => /:\/\/|\s/.test(value);

const truncateValues = (values: readonly string[]): readonly string[] =>
  values.length > MAX_VALUES_SHOWN
    ? [...values.slice(0, MAX_VALUES_SHOWN), `… and ${values.length - MAX_VALUES_SHOWN} more`]
    : values;
