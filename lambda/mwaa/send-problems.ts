import { Problem } from '../problem.ts';
import type { Advice } from './advice.ts';
import type { NoAnswer } from './post.ts';
import type { CommandToSend } from './send-command.ts';

/**
 * No answer came. Only a command that changes nothing, or one that was never sent, may be repeated.
 *
 * @param host the web server's name. It is told to callers: it is no secret, and what is wrong is often wrong with it.
 */
export function noAnswerProblem(command: CommandToSend, host: string, error: NoAnswer, advice: Advice): Problem {
  const { fault, sent, reason } = error;
  const options = { cause: error };
  if (fault === 'redirect') {
    const detail =
      `The Airflow web server ${host} was asked, and ${reason}. Neither token nor command is sent there, and nothing was ` +
      `run. ${advice.redirect}`;
    return new Problem('redirect-refused', detail, { ...command.data }, options);
  }
  if (!sent) {
    const change = advice.webServer[fault === 'size' || fault === 'time-out' ? 'exchange' : fault];
    const detail = `The Airflow web server ${host} cannot be reached (${fault}: ${reason}). ${change} Nothing was run.`;
    return new Problem('airflow-unreachable', detail, {}, options);
  }
  if (!command.repeatable) {
    const lost = 'MWAA answered, but neither the output nor whether the command succeeded could be read, because';
    return outcomeUnknown(command, fault === 'size' ? `${lost} ${reason}` : reason, options);
  }
  if (fault === 'size') {
    const detail = `The command changes nothing, and ${reason}. ${advice.answerTooLarge}`;
    return new Problem('answer-too-large', detail, { ...command.data }, options);
  }
  const [code, cause] =
    fault === 'time-out'
      ? (['airflow-timeout', advice.slowAirflow] as const)
      : (['airflow-error', "look at the web server's log"] as const);
  const detail = `Airflow gave no answer: ${reason}. The command changes nothing: send it again; if it stays so, ${cause}.`;
  return new Problem(code, detail, { ...command.data }, options);
}

/** An answer came that has no streams. */
export function noStreamsProblem(command: CommandToSend, status: number): Problem {
  const data = { upstreamStatus: status, ...command.data };
  const reason = status === 200 ? 'the answer could not be read' : `MWAA answered ${status}`;
  if (!command.repeatable) return outcomeUnknown(command, reason, {}, data);
  const detail =
    `Airflow gave no streams: ${reason}. The command changes nothing: send it again; if it stays so, look at the web ` +
    "server's log and at the environment's status in MWAA.";
  return new Problem(status === 504 ? 'airflow-timeout' : 'airflow-error', detail, data);
}

/** MWAA did not start the command. */
export const busyProblem = (command: CommandToSend, status: number): Problem =>
  new Problem(
    'airflow-busy',
    'MWAA runs about four commands at once and did not start this one. Nothing was run: wait, then send it again.',
    { upstreamStatus: status, ...command.data },
  );

const REFUSED = {
  token: {
    code: 'token-refused',
    detail: ({ tokenRefused }: Advice) =>
      `The web server refused a new token too, and for the command version as well: ${tokenRefused} Nothing was run.`,
  },
  command: {
    code: 'command-refused',
    detail: () =>
      'MWAA refused this command with a new token too, and ran the command version with the same token: it does not allow ' +
      'this command in this release. Use another command, or the Airflow REST API. Nothing was run.',
  },
  either: {
    code: 'command-refused',
    detail: () =>
      'MWAA refused the command with a new token too. Whether it refuses the command or the token could not be told: send ' +
      'the command version to find out. Nothing was run.',
  },
} as const;

/** The web server refused the command twice, the second time with a new token. */
export function refusedProblem(
  command: CommandToSend,
  status: number,
  what: keyof typeof REFUSED,
  advice: Advice,
): Problem {
  const { code, detail } = REFUSED[what];
  return new Problem(code, detail(advice), { upstreamStatus: status, ...command.data });
}

/**
 * The command was sent, and its fate is open.
 *
 * @param reason in words, to stand after a colon
 */
export function outcomeUnknown(
  { look = 'Look at Airflow before sending it again.', data }: Pick<CommandToSend, 'look' | 'data'>,
  reason: string,
  options: ErrorOptions = {},
  members: Readonly<Record<string, unknown>> = { ...data },
): Problem {
  const detail = `The command was sent, and what became of it is not known: ${reason}. ${look}`;
  return new Problem('outcome-unknown', detail, members, options);
}
