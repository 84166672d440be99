import { complete, runIdOf } from '../../airflow/complete.ts';
import { changesNothing } from '../../airflow/effects.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { parse } from '../../airflow/parse.ts';
import { render, renderWords } from '../../airflow/render.ts';
import type { Streams } from '../../airflow/streams.ts';
import { judge } from '../../airflow/verdict.ts';
import type { Caller } from '../../policy/caller.ts';
import { decide, grantedTo, nearestTo } from '../../policy/policy.ts';
import type { SendCommand, SendTrace } from '../mwaa/send-command.ts';
import { Problem } from '../problem.ts';
import { type AuditRecord, maskedWords } from './audit.ts';
import type { RelayEnvironment } from './relay-environment.ts';
import type { CommandRequest } from './request-body.ts';

/**
 * The way of one command, in one direction: parse, complete, authorise, render, send, read. Fills in the audit record
 * as it goes, so that a request that stops half-way leaves what was known by then.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayCommand(
  environment: RelayEnvironment,
  send: SendCommand,
  caller: Caller,
  request: CommandRequest,
  audit: AuditRecord,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const parsed = parse(environment.catalogue, request.argv);
  const invocation = complete(parsed, request.format, `mwaa-cli-proxy__${audit.requestId}`);
  audit.command = maskedWords(invocation);
  authorise(environment, caller, invocation, audit);
  const line = render(invocation);

  const trace: SendTrace = {};
  const command = {
    line,
    repeatable: isRead(invocation),
    look: lookFor(invocation),
    data: runIdMember(invocation),
    trace,
  };
  const { status, streams } = await send(command, signal).finally(() => {
    if (trace.upstreamStatus !== undefined) audit.upstreamStatus = trace.upstreamStatus;
  });
  const verdict = judge(invocation, status, streams);
  audit.outcome = verdict.outcome;

  const result = {
    environment: environment.name,
    airflowVersion: environment.airflow,
    command: renderWords(invocation),
    ...runIdMember(invocation),
    ...verdict,
    ...streams,
  };
  if (verdict.outcome === 'failed') {
    throw new Problem('command-failed', `Airflow did not carry out the command: ${lastLine(streams)}`, result);
  }
  if (verdict.outcome === 'unclear') {
    const look = isRead(invocation)
      ? 'Read the streams.'
      : 'Read the streams and look at Airflow before sending it again.';
    throw new Problem('outcome-unclear', `${sentence(verdict.evidence)} ${look}`, {
      ...result,
      retrySafe: isRead(invocation),
    });
  }
  return result;
}

function authorise(environment: RelayEnvironment, caller: Caller, invocation: Invocation, audit: AuditRecord): void {
  const decision = decide(environment.policy, caller, invocation);
  audit.decision = decision ? 'allowed' : 'refused';
  if (decision) {
    audit.grant = decision.pattern.text;
    audit.grantLine = decision.line;
    return;
  }
  const granted = grantedTo(environment.policy, caller);
  const nearest = nearestTo(environment.policy, caller, invocation);
  const command = invocation.command.path.join(' ');
  const what =
    granted.length === 0
      ? 'Nothing is granted to this caller here.'
      : `${nearest ? `Nearest: "${nearest.sentence.pattern.text}". ${nearest.why} ` : ''}Granted to this caller: ${granted.join('; ')}.`;
  throw new Problem('not-granted', `"${command}" with these arguments is not granted on ${environment.name}. ${what}`, {
    environment: environment.name,
    caller: caller.text,
    granted,
  });
}

/** What to do about a command whose fate is open. */
function lookFor(invocation: Invocation): string {
  const runId = runIdOf(invocation);
  return runId === undefined
    ? 'Look at Airflow before sending it again.'
    : `Look for run ${runId} with dags list-runs before sending it again.`;
}

const isRead = (invocation: Invocation): boolean => changesNothing(invocation.command.path);

const runIdMember = (invocation: Invocation): { runId?: string } => {
  const runId = runIdOf(invocation);
  return runId === undefined ? {} : { runId };
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const lastLine = ({ stdout, stderr }: Streams): string => {
  const text = stderr.trim() || stdout.trim();
  return text.slice(text.lastIndexOf('\n') + 1).slice(0, 300) || 'it printed nothing.';
};
