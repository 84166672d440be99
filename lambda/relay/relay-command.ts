import { complete, runIdOf } from '../../airflow/complete.ts';
import { changesNothing } from '../../airflow/effects.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { parse } from '../../airflow/parse.ts';
import { render, renderWords } from '../../airflow/render.ts';
import { readStreams, type Streams } from '../../airflow/streams.ts';
import { judge } from '../../airflow/verdict.ts';
import type { Caller } from '../../policy/caller.ts';
import { decide, grantedTo, nearestTo } from '../../policy/policy.ts';
import { type Answer, NoAnswer, type Post } from '../mwaa/post.ts';
import type { CliToken, TokenCache } from '../mwaa/token.ts';
import { Problem } from '../problem.ts';
import { type AuditRecord, maskedWords } from './audit.ts';
import type { RelayEnvironment } from './relay-environment.ts';
import type { CommandRequest } from './request-body.ts';

/** What the relay needs from outside. */
export interface Upstream {
  readonly tokens: TokenCache;
  readonly post: Post;
}

/**
 * The way of one command, in one direction: parse, complete, authorise, render, token, post, read. Fills in the audit record
 * as it goes, so that a request that stops half-way leaves what was known by then.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayCommand(
  environment: RelayEnvironment,
  upstream: Upstream,
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

  const answer = await ask(environment, upstream, invocation, line, signal);
  audit.upstreamStatus = answer.status;
  const streams = readAnswer(invocation, answer);
  const verdict = judge(invocation, answer.status, streams);
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
    caller: caller.arn,
    granted,
  });
}

/** Token and post. A 403 may mean a stale token: it is renewed once, which is safe since the command did not run. */
async function ask(
  environment: RelayEnvironment,
  { tokens, post }: Upstream,
  invocation: Invocation,
  line: string,
  signal: AbortSignal,
): Promise<Answer> {
  const attempt = async (): Promise<{ answer: Answer; issued: CliToken }> => {
    const issued = await tokens.get(signal);
    const hostname = environment.webServerHostname ?? issued.hostname;
    try {
      return { answer: await post({ ...issued, hostname }, line, signal), issued };
    } catch (error) {
      throw error instanceof NoAnswer ? withoutAnswer(invocation, error) : error;
    }
  };
  const first = await attempt();
  if (first.answer.status !== 403) return first.answer;
  tokens.forget(first.issued);
  const { answer } = await attempt();
  if (answer.status !== 403) return answer;
  throw new Problem(
    'command-refused',
    'MWAA refused the command twice, with a new token too: it does not allow this command, or this role may not use the CLI. Nothing ran.',
    { upstreamStatus: 403 },
  );
}

/** No answer came. Only a command that changes nothing, or one that was never sent, may be repeated. */
function withoutAnswer(invocation: Invocation, error: NoAnswer): Problem {
  const options = { cause: error };
  if (!error.sent) {
    const detail = `The Airflow web server cannot be reached: ${error.reason}. Nothing was sent.`;
    return new Problem('airflow-unreachable', detail, {}, options);
  }
  if (isRead(invocation)) {
    return new Problem(
      'airflow-timeout',
      `Airflow gave no answer: ${error.reason}. The command changes nothing.`,
      {},
      options,
    );
  }
  return new Problem('outcome-unknown', unknownFate(invocation, error.reason), runIdMember(invocation), options);
}

/** The streams in the answer, or what their absence means. */
function readAnswer(invocation: Invocation, { status, body }: Answer): Streams {
  const streams = readStreams(body);
  if (streams && (status === 200 || status === 400)) return streams;
  const data = { upstreamStatus: status, ...runIdMember(invocation) };
  if (status === 503) {
    throw new Problem('airflow-busy', 'MWAA runs about four commands at once and did not start this one.', {
      ...data,
      retryAfterSeconds: 5,
    });
  }
  const reason = status === 200 ? 'the answer could not be read' : `MWAA answered ${status}`;
  if (isRead(invocation)) {
    throw new Problem('airflow-error', `${sentence(reason)} The command changes nothing: try again.`, data);
  }
  throw new Problem('outcome-unknown', unknownFate(invocation, reason), data);
}

function unknownFate(invocation: Invocation, reason: string): string {
  const runId = runIdOf(invocation);
  const look =
    runId === undefined
      ? 'Look at Airflow before sending it again.'
      : `Look for run ${runId} with dags list-runs before sending it again.`;
  return `The command was sent, and whether it ran is not known: ${reason}. ${look}`;
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
