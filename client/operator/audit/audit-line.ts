/** What the audit of a command reads of a line. `lambda/relay/audit.ts` has what is written. */
export interface AuditLine {
  readonly audit: 'intent' | 'outcome';
  /** Lambda's: an intent and its outcome have the same. API Gateway's may be chosen by a caller. */
  readonly lambdaRequestId: string;
  readonly environment: string;
  readonly caller?: string;
  readonly command?: readonly string[];
  readonly decision?: 'allowed' | 'refused';
  readonly grantLine?: number;
  readonly outcome?: string;
  readonly replayed?: boolean;
  readonly problem?: string;
  readonly failedStep?: string;
  readonly durationMs?: number;
  /** Milliseconds since the epoch, where the line tells. */
  readonly time?: number | undefined;
}

/** The line begins as one of the audit and is not one to its end. */
export const CUT_OFF = 'cut off';

type Found = AuditLine | typeof CUT_OFF;

/** A string of JSON, with whatever stands around it. */
const MESSAGE = /"message":\s*("(?:[^"\\]|\\.)*"?)/g;

/**
 * The audit lines within a line of a log, however it was got: as the function writes it, with the times and streams that `aws logs
 * tail` puts before it, or as the `message` of events in JSON, as `aws logs filter-log-events` prints them.
 *
 * @returns none for other lines
 */
export function auditsIn(line: string): Found[] {
  const begin = line.indexOf('{"audit":');
  if (begin !== -1) return [auditOf(line.slice(begin), line.slice(0, begin))];
  if (!line.includes('{\\"audit\\":')) return [];
  return [...line.matchAll(MESSAGE)].flatMap(([, message = '']) => {
    const text = parsed(message);
    if (typeof text === 'string') return auditsIn(text.trimEnd());
    return message.includes('{\\"audit\\":') ? [CUT_OFF] : [];
  });
}

function auditOf(text: string, before: string): Found {
  const found = parsed(text);
  return isAuditLine(found) ? { ...found, time: timeIn(before) ?? found._aws?.Timestamp } : CUT_OFF;
}

/** Of several the last: that of the function itself, and not when the line arrived. */
function timeIn(text: string): number | undefined {
  const last = [...text.matchAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g)].at(-1)?.[0];
  return last === undefined ? undefined : Date.parse(/[Z+]|-\d\d:\d\d$/.test(last) ? last : `${last}Z`);
}

function isAuditLine(value: unknown): value is AuditLine & { readonly _aws?: { readonly Timestamp: number } } {
  const { audit, lambdaRequestId, environment } = (value ?? {}) as Partial<AuditLine>;
  return (
    (audit === 'intent' || audit === 'outcome') &&
    typeof lambdaRequestId === 'string' &&
    typeof environment === 'string'
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
