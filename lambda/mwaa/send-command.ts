import { readStreams, type Streams } from '../../airflow/streams.ts';
import { Problem } from '../problem.ts';
import { type Answer, NoAnswer, type Post } from './post.ts';
import type { CliToken, TokenCache } from './token.ts';

/** One command line on its way to MWAA, and what is to be said where its fate stays open. */
export interface CommandToSend {
  /** As `render` made it. Nothing else is ever sent. */
  readonly line: string;
  /** Whether the command may be sent again after an answer that leaves its fate open: it changes nothing in Airflow. */
  readonly repeatable: boolean;
  /** A sentence: where to look whether the command ran, before it is sent again. */
  readonly look?: string;
  /** Members of every problem that comes after the command was sent, such as `runId`. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Filled in as it goes, and complete also when `send` throws. */
  readonly trace?: SendTrace;
}

/** What happened on the way, for the audit record. */
export interface SendTrace {
  /** Whether anything may have reached the web server. */
  sent?: boolean;
  /** HTTP status of the last answer. */
  upstreamStatus?: number;
}

/** An answer that has streams. */
export interface CommandAnswer {
  readonly status: number;
  readonly streams: Streams;
}

/**
 * Sends one command line: token, post, and every rule of what may be repeated.
 *
 * @throws Problem for every answer that has no streams, and where there is none
 */
export type SendCommand = (command: CommandToSend, signal: AbortSignal) => Promise<CommandAnswer>;

/** What sending needs from outside. */
export interface Upstream {
  readonly tokens: TokenCache;
  readonly post: Post;
  /** Where the web server answers, if not where MWAA says. */
  readonly hostname?: string | undefined;
}

export function commandSender(upstream: Upstream): SendCommand {
  return async (command, signal) => {
    const answer = await ask(upstream, command, signal);
    return { status: answer.status, streams: readAnswer(command, answer) };
  };
}

/** Token and post. A 403 may mean a stale token: it is renewed once, which is safe since the command did not run. */
async function ask({ tokens, post, hostname }: Upstream, command: CommandToSend, signal: AbortSignal): Promise<Answer> {
  const trace = command.trace ?? {};
  const attempt = async (): Promise<{ answer: Answer; issued: CliToken }> => {
    const issued = await tokens.get(signal);
    try {
      const answer = await post({ ...issued, hostname: hostname ?? issued.hostname }, command.line, signal);
      trace.sent = true;
      trace.upstreamStatus = answer.status;
      return { answer, issued };
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      trace.sent ||= error.sent;
      throw withoutAnswer(command, error);
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
function withoutAnswer(command: CommandToSend, error: NoAnswer): Problem {
  const options = { cause: error };
  if (!error.sent) {
    const detail = `The Airflow web server cannot be reached: ${error.reason}. Nothing was sent.`;
    return new Problem('airflow-unreachable', detail, {}, options);
  }
  if (command.repeatable) {
    const detail = `Airflow gave no answer: ${error.reason}. The command changes nothing.`;
    return new Problem('airflow-timeout', detail, {}, options);
  }
  return new Problem('outcome-unknown', unknownFate(command, error.reason), { ...command.data }, options);
}

/** The streams in the answer, or what their absence means. */
function readAnswer(command: CommandToSend, { status, body }: Answer): Streams {
  const streams = readStreams(body);
  if (streams && (status === 200 || status === 400)) return streams;
  const data = { upstreamStatus: status, ...command.data };
  if (status === 503) {
    throw new Problem('airflow-busy', 'MWAA runs about four commands at once and did not start this one.', {
      ...data,
      retryAfterSeconds: 5,
    });
  }
  const reason = status === 200 ? 'the answer could not be read' : `MWAA answered ${status}`;
  if (command.repeatable) {
    throw new Problem('airflow-error', `${sentence(reason)} The command changes nothing: try again.`, data);
  }
  throw new Problem('outcome-unknown', unknownFate(command, reason), data);
}

function unknownFate({ look = 'Look at Airflow before sending it again.' }: CommandToSend, reason: string): string {
  return `The command was sent, and whether it ran is not known: ${reason}. ${look}`;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
