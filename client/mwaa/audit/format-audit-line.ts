import { quoteWord } from '../../../airflow/render-command-line.ts';
import type { AuditedRequest } from './audited-requests.ts';

/** A request in one line: when it began, what became of it, by which line of the grants, how long, where, who, what. */
export function formatAuditLine(request: AuditedRequest): string {
  const { time, grantLine, durationMs, environment, caller, command, failedStep } = request;
  const when = time === undefined ? '-' : new Date(time).toISOString().replace(/\.\d+/, '');
  const cells = [
    when.padEnd(20),
    formatVerdict(request).padEnd(17),
    (grantLine === undefined ? '' : `line ${grantLine}`).padEnd(8),
    (durationMs === undefined ? '' : `${(durationMs / 1000).toFixed(1)}s`).padStart(6),
    environment,
    caller === undefined ? '-' : caller.replace(/^arn:[\w-]+:(?:iam|sts)::/, ''),
    command === undefined ? '-' : command.map(quoteWord).join(' '),
    ...(failedStep === undefined ? [] : [`(at ${failedStep})`]),
  ];
  return replaceControlCharacters(cells.join('  '));
}

function formatVerdict({ ended, problem, outcome, replayed }: AuditedRequest): string {
  if (!ended) return 'no end on record';
  return problem ?? `${outcome ?? '-'}${replayed ? ', replayed' : ''}`;
}

/** A log may hold what callers chose, and a terminal obeys. */
const replaceControlCharacters = (text: string): string => text.replace(/\p{Cc}/gu, '\ufffd');
