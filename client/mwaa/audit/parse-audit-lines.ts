import type { ProblemCode } from '../../../contract/problem-types.ts';
import type { RestResponse } from '../../../contract/relay-request.ts';
import { QUEUED_ROUTES } from '../../../contract/routes.ts';
import { tryParseJson } from '../../library/parse-json.ts';

/** The members of an audit line that `mwaa audit` reads. The front and the relays write them. */
export interface AuditLine {
  readonly audit: 'intent' | 'outcome';
  /** Absent from lines of relays. */
  readonly isOfFront?: true;
  /** The id of one invocation of a function. */
  readonly lambdaRequestId: string;
  /** API Gateway's id of the request. Unlike `requestId`, callers cannot choose it. Absent from scheduled health checks. */
  readonly extendedRequestId?: string;
  readonly environment: string;
  readonly caller?: string;
  readonly command?: readonly string[];
  readonly decision?: 'allowed' | 'refused';
  readonly grantLine?: number;
  /** The stored policy that has decided, of a deployment without the CDK. */
  readonly policyVersion?: number;
  readonly outcome?: string;
  readonly replayed?: boolean;
  readonly problem?: string;
  /** HTTP status of the response. */
  readonly status?: number;
  /** Code of the refusal, if the command could not be parsed. */
  readonly refusal?: string;
  readonly failedStep?: string;
  /** The role in Airflow, of a health check of the way to the REST API. */
  readonly airflowRole?: string;
  readonly durationMs?: number;
  /** Milliseconds since the epoch, if the line contains a time. */
  readonly time?: number | undefined;
}

/** Result for a line that starts like an audit line, but is truncated or malformed. */
export const MALFORMED_LINE = 'malformed';

type ParsedAuditLine = AuditLine | typeof MALFORMED_LINE;

/** The member `message` of JSON that may be incomplete. */
const JSON_MESSAGE = /"message":\s*("(?:[^"\\]|\\.)*"?)/g;

/**
 * Finds the audit lines in one line of input: a raw log line, a line of `aws logs tail` with its time and stream name, or the JSON
 * events of `aws logs filter-log-events`, which contain log lines in `message`.
 */
export function parseAuditLines(line: string): ParsedAuditLine[] {
  const begin = line.indexOf('{"audit":');
  if (begin !== -1) return parseAuditLine(line.slice(begin), line.slice(0, begin));
  if (!line.includes('{\\"audit\\":')) return [];
  return [...line.matchAll(JSON_MESSAGE)].flatMap(([, message = '']) => {
    const logLine = tryParseJson(message);
    if (typeof logLine === 'string') return parseAuditLines(logLine.trimEnd());
    return message.includes('{\\"audit\\":') ? [MALFORMED_LINE] : [];
  });
}

/** Returns no line for a request of the front that does not concern an environment's relay, such as a listing. */
function parseAuditLine(json: string, prefix: string): ParsedAuditLine[] {
  const parsed = tryParseJson(json);
  if (isRequestLine(parsed) && !concernsRelay(parsed)) return [];
  // The relay refused it before it decided. The front has decided anew and sent it again, or its own line has this problem.
  if (!isRequestLine(parsed) && (parsed as Partial<AuditLine> | undefined)?.problem === POLICY_CHANGED) return [];
  const line = isRequestLine(parsed) ? toOutcome(parsed) : parsed;
  return [isAuditLine(line) ? { ...line, time: findTimestamp(prefix) ?? line._aws?.Timestamp } : MALFORMED_LINE];
}

const POLICY_CHANGED: ProblemCode = 'policy-changed';

/** A line of the front. It has one member for what relays log as `outcome` or `problem`. */
interface RequestLine extends Partial<Omit<AuditLine, 'audit'>> {
  readonly audit: 'request';
  readonly route?: string;
  readonly result?: string;
}

const isRequestLine = (value: unknown): value is RequestLine =>
  (value as Partial<RequestLine> | undefined)?.audit === 'request';

const concernsRelay = ({ route = '', environment }: RequestLine): boolean =>
  environment !== undefined && QUEUED_ROUTES.has(route);

const toOutcome = ({ audit: _, result = '', ...line }: RequestLine): object => ({
  ...line,
  audit: 'outcome',
  isOfFront: true,
  ...(line.status === 200 || REST_RESULTS.has(result) ? { outcome: result } : { problem: result }),
});

/** The results of a call of the REST API that Airflow has answered, with any status. */
const REST_RESULTS: ReadonlySet<string> = new Set<RestResponse['result']>(['answered', 'replayed']);

/** The last timestamp, which the function wrote. `aws logs tail` prints the time of ingestion before it. */
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
