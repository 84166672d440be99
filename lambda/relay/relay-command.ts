import { complete, isTrigger, runIdOf } from '../../airflow/complete.ts';
import { changesNothing } from '../../airflow/effects.ts';
import { withoutExitNoise } from '../../airflow/exit-noise.ts';
import { uncaughtIn } from '../../airflow/failure.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { parse } from '../../airflow/parse.ts';
import { lastLine } from '../../airflow/printed.ts';
import { render, renderWords } from '../../airflow/render.ts';
import { type Streams, withoutAnsi } from '../../airflow/streams.ts';
import { judge } from '../../airflow/verdict.ts';
import type { Caller } from '../../policy/caller.ts';
import { cutStreams } from '../mwaa/cut-streams.ts';
import type { CommandAnswer, SendTrace } from '../mwaa/send-command.ts';
import { Problem } from '../problem.ts';
import type { CommandRequest } from '../request-body.ts';
import { maskedWords, writeIntent } from './audit.ts';
import { authorise } from './authorise.ts';
import { existingRun } from './existing-run.ts';
import type { Relay, RelayEnvironment } from './relay-environment.ts';
import { runIdOfKey, runIdOfRequest } from './run-id.ts';
import { whereToLook } from './where-to-look.ts';

/** One request, read but not yet judged. */
export interface Asked extends CommandRequest {
  /** Made by Lambda: API Gateway's own may be chosen by the caller. */
  readonly lambdaRequestId: string;
  readonly caller: Caller;
  /** The header `Idempotency-Key`. */
  readonly key?: string | undefined;
}

/** A granted command, and what is told of it whatever becomes of it. */
interface Granted {
  readonly invocation: Invocation;
  /** It may be sent again without doing anything twice: it changes nothing, or its key makes it one run. */
  readonly retrySafe: boolean;
  /** What to do where its fate is open. */
  readonly look: string;
  /** Members of every answer. */
  readonly members: Readonly<Record<string, unknown>>;
}

/**
 * The way of one command, in one direction: parse, complete, authorise, render, send, read.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayCommand(relay: Relay, asked: Asked): Promise<Record<string, unknown>> {
  const { environment, audit, send, signal, timeLeftMs } = relay;
  const granted = read(environment, asked);
  const { invocation, retrySafe, look, members } = granted;
  audit.command = maskedWords(invocation);
  authorise(environment, asked.caller, invocation, audit);

  const data = retrySafe ? { ...members, retrySafe } : members;
  writeIntent(audit);
  const trace: SendTrace = {};
  audit.trace = trace;
  const answer = await send(
    { line: render(invocation), repeatable: isRead(invocation), look, data, timeLeftMs, trace },
    signal,
  );
  return answered(relay, granted, answer).catch((cause: Error) => {
    if (cause instanceof Problem) throw cause;
    // Whatever went wrong in the reading, Airflow has been at work: no status that clients repeat by themselves.
    throw new Problem('outcome-unclear', `The relay could not read Airflow's answer. ${look}`, data, { cause });
  });
}

function read(environment: RelayEnvironment, { argv, format, lambdaRequestId, caller, key }: Asked): Granted {
  const parsed = parse(environment.catalogue, argv);
  const keyed = key !== undefined && isTrigger(parsed);
  if (key !== undefined) checkKey(parsed);
  const same = { principal: caller.principal, environment: environment.name, key: key ?? '', line: render(parsed) };
  const invocation = complete(parsed, format, keyed ? runIdOfKey(same) : runIdOfRequest(lambdaRequestId));
  const runId = runIdOf(invocation);
  return {
    invocation,
    retrySafe: keyed || isRead(invocation),
    look: whereToLook(environment.catalogue, invocation, keyed),
    members: { ...(runId === undefined ? {} : { runId }), ...(keyed ? { replayed: false } : {}) },
  };
}

/** A key is a promise: it is refused where it cannot be kept. On a command that changes nothing there is nothing to keep. */
function checkKey(parsed: Invocation): void {
  if (isTrigger(parsed) && runIdOf(parsed) !== undefined) {
    throw new Problem('malformed-request', 'Idempotency-Key makes the run id: send the header or --run-id, not both.');
  }
  if (!isTrigger(parsed) && !isRead(parsed)) {
    const command = parsed.command.path.join(' ');
    const detail = `Idempotency-Key makes one run of repeated triggers, and "${command}" is no trigger: leave it out.`;
    throw new Problem('malformed-request', detail);
  }
}

/** The body of a 200, or the problem that the verdict is. */
async function answered(
  relay: Relay,
  { invocation, retrySafe, look, members }: Granted,
  { status, streams }: CommandAnswer,
): Promise<Record<string, unknown>> {
  const { environment, audit } = relay;
  const { answered: isAnswer, ...verdict } = judge(invocation, status, streams, environment.airflow);
  audit.outcome = verdict.outcome;
  const result = {
    environment: environment.name,
    airflowVersion: environment.airflow,
    command: renderWords(invocation),
    ...members,
    ...verdict,
    ...passedOn(verdict.output, streams, environment.limits.outputBytes),
  };
  const data = retrySafe ? { ...result, retrySafe } : result;
  if (verdict.outcome === 'failed' && !isAnswer) {
    const existing = await existingRun(relay, invocation, streams, look).catch((error: unknown) => {
      throw error instanceof Problem ? new Problem(error.code, error.message, { ...data, ...error.data }) : error;
    });
    if (existing) {
      audit.outcome = existing.outcome;
      audit.replayed = true;
      return { ...result, ...existing, ...passedOn(existing.output, streams, environment.limits.outputBytes) };
    }
    throw new Problem('command-failed', `Airflow did not carry out the command: ${said(streams)}`, data);
  }
  if (verdict.outcome === 'unclear') {
    const detail = `${sentence(verdict.evidence)} Read the streams. ${look}`;
    throw new Problem('outcome-unclear', detail, data);
  }
  return result;
}

/** Streams and output within the limit. JSON is whole or not there. */
function passedOn(output: unknown, streams: Streams, limit: number) {
  const fits = output === null || Buffer.byteLength(JSON.stringify(output)) <= limit;
  return { ...cutStreams(streams, limit), ...(fits ? {} : { output: null, outputTruncated: true }) };
}

const isRead = (invocation: Invocation): boolean => changesNothing(invocation.command.path);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What Airflow says went wrong: the exception that nobody caught, or the last line. */
const said = ({ stdout, stderr }: Streams): string => {
  const errors = withoutExitNoise(withoutAnsi(stderr));
  const text = uncaughtIn(errors)?.line ?? (lastLine(errors) || lastLine(withoutAnsi(stdout)));
  return text.slice(0, 300) || 'it printed nothing.';
};
