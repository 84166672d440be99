import { quote } from '../../../airflow/render.ts';
import type { Request } from './requests.ts';

/** A request in one line: when it began, what became of it, by which line of the grants, how long, where, who, what. */
export function requestInWords(request: Request): string {
  const { time, grantLine, durationMs, environment, caller, command, failedStep } = request;
  const when = time === undefined ? '-' : new Date(time).toISOString().replace(/\.\d+/, '');
  const cells = [
    when.padEnd(20),
    verdictOf(request).padEnd(17),
    (grantLine === undefined ? '' : `line ${grantLine}`).padEnd(8),
    (durationMs === undefined ? '' : `${(durationMs / 1000).toFixed(1)}s`).padStart(6),
    environment,
    caller === undefined ? '-' : caller.replace(/^arn:[\w-]+:(?:iam|sts)::/, ''),
    command === undefined ? '-' : command.map(quote).join(' '),
    ...(failedStep === undefined ? [] : [`(at ${failedStep})`]),
  ];
  return withoutControls(cells.join('  '));
}

function verdictOf({ ended, problem, outcome, replayed }: Request): string {
  if (!ended) return 'no end on record';
  return problem ?? `${outcome ?? '-'}${replayed ? ', replayed' : ''}`;
}

/** A log may hold what callers chose, and a terminal obeys. */
const withoutControls = (text: string): string => text.replace(/\p{Cc}/gu, '\ufffd');
