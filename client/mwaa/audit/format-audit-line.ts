import { escapeInvisible } from '../../../airflow/escape-text.ts';
import { quoteWord } from '../../../airflow/render-command-line.ts';
import type { AuditedRequest } from './audited-requests.ts';

/**
 * Formats a request as one line: start time, result, line of the grant, duration, environment, caller, command, role in Airflow, refusal,
 * failed step, version of the stored policy.
 */
export function formatAuditLine(request: AuditedRequest): string {
  const { time, grantLine, durationMs, environment, caller, command, refusal, failedStep, airflowRole } = request;
  const { policyVersion } = request;
  const startTime = time === undefined ? '-' : new Date(time).toISOString().replace(/\.\d+/, '');
  const cells = [
    startTime.padEnd(20),
    formatResult(request).padEnd(17),
    (grantLine === undefined ? '' : `line ${grantLine}`).padEnd(8),
    (durationMs === undefined ? '' : `${(durationMs / 1000).toFixed(1)}s`).padStart(6),
    environment,
    caller === undefined ? '-' : caller.replace(/^arn:[\w-]+:(?:iam|sts)::/, ''),
    command === undefined ? '-' : command.map(quoteWord).join(' '),
    ...(airflowRole === undefined ? [] : [`(REST API, as ${airflowRole})`]),
    ...(refusal === undefined ? [] : [`(${refusal})`]),
    ...(failedStep === undefined ? [] : [`(at ${failedStep})`]),
    ...(policyVersion === undefined ? [] : [`(policy version ${policyVersion})`]),
  ];
  // Callers choose some of the values, and escape sequences or bidirectional marks in them would change what is shown.
  return escapeInvisible(cells.join('  '));
}

function formatResult({ ended, problem, outcome, replayed, status }: AuditedRequest): string {
  if (!ended) return 'no outcome logged';
  // Airflow itself has answered a call of the REST API, with any status.
  if (problem === undefined && outcome === 'answered' && status !== undefined && status >= 400)
    return `answered ${status}`;
  return problem ?? `${outcome ?? '-'}${replayed ? ', replayed' : ''}`;
}
