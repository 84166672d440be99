import { isIdentifier } from '../../airflow/identifiers.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { renderWords } from '../../airflow/render.ts';
import type { SendTrace } from '../mwaa/send-command.ts';
import { metricsOf } from './metrics.ts';

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
export function writeIntent(record: AuditRecord): void {
  write({ audit: 'intent', ...record });
}

/**
 * Says what became of a request, with its metrics in CloudWatch's embedded format.
 *
 * @param at milliseconds since the epoch
 */
export function writeOutcome({ trace, ...record }: AuditRecord, at: number): void {
  write({ audit: 'outcome', ...record, ...trace, ...metricsOf(record, trace, at) });
}

function write(line: object): void {
  console.log(JSON.stringify(line));
}

/** Longest word, and most values of one argument, that the log shows. Airflow's own ids have at most 250 characters. */
const LONGEST_WORD = 300;
const MOST_VALUES = 10;

/** The words of an invocation for the log: identifiers and choices shown, every other value masked, and none too long. */
export function maskedWords(invocation: Invocation): string[] {
  const values = [...invocation.values].map(([argument, given]) => {
    const shown = isIdentifier(argument) || argument.choices !== undefined;
    return [argument, few(given.map((value) => (shown && !isStrange(value) ? value : '***')))] as const;
  });
  return renderWords({ ...invocation, values: new Map(values) }).map((word) =>
    word.length > LONGEST_WORD ? `${word.slice(0, LONGEST_WORD)}…` : word,
  );
}

/** In the place of an identifier, what is none: an address with a password in it, or a text. */
const isStrange = (value: string): boolean => /:\/\/|\s/.test(value);

const few = (values: readonly string[]): readonly string[] =>
  values.length > MOST_VALUES ? [...values.slice(0, MOST_VALUES), `… and ${values.length - MOST_VALUES} more`] : values;
