/** What the audit of a command reads of a line. `lambda/relay/audit-log.ts` has what is written. */
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
export const TRUNCATED_LINE = 'cut off';

type ParsedAuditLine = AuditLine | typeof TRUNCATED_LINE;

/** A string of JSON, with whatever stands around it. */
const JSON_MESSAGE = /"message":\s*("(?:[^"\\]|\\.)*"?)/g;

/**
 * The audit lines within a line of a log, however it was got: as the function writes it, with the times and streams that `aws logs
 * tail` puts before it, or as the `message` of events in JSON, as `aws logs filter-log-events` prints them.
 *
 * @returns none for other lines
 */
export function parseAuditLines(line: string): ParsedAuditLine[] {
  const begin = line.indexOf('{"audit":');
  if (begin !== -1) return [parseAuditLine(line.slice(begin), line.slice(0, begin))];
  if (!line.includes('{\\"audit\\":')) return [];
  return [...line.matchAll(JSON_MESSAGE)].flatMap(([, message = '']) => {
    const text = tryParseJson(message);
    if (typeof text === 'string') return parseAuditLines(text.trimEnd());
    return message.includes('{\\"audit\\":') ? [TRUNCATED_LINE] : [];
  });
}

function parseAuditLine(text: string, before: string): ParsedAuditLine {
  const found = tryParseJson(text);
  return isAuditLine(found) ? { ...found, time: findTimestamp(before) ?? found._aws?.Timestamp } : TRUNCATED_LINE;
}

/** Of several the last: that of the function itself, and not when the line arrived. */
function findTimestamp(text: string): number | undefined {
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

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
