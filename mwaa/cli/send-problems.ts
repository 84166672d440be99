import { Problem } from '../../contract/problem.ts';
import type { NoResponseError } from '../connection/create-post.ts';
import type { Remedies } from './remedies.ts';
import type { CommandToSend } from './send-command.ts';

/**
 * No answer came. Only a command that changes nothing, or one that was never sent, may be repeated.
 *
 * @param host the web server's name. It is told to callers: it is no secret, and what is wrong is often wrong with it.
 */
export function createNoResponseProblem(
  command: CommandToSend,
  host: string,
  error: NoResponseError,
  advice: Remedies,
): Problem {
  const { failure, sent, reason } = error;
  const options = { cause: error };
  if (failure === 'redirect') {
    const detail =
      `The Airflow web server ${host} was asked, and ${reason}. Neither token nor command is sent there, and nothing was ` +
      `run. ${advice.webServerRedirect}`;
    return new Problem('redirect-refused', detail, { ...command.problemMembers }, options);
  }
  if (!sent) {
    const change = advice.webServer[failure === 'size' || failure === 'timeout' ? 'exchange' : failure];
    const detail = `The Airflow web server ${host} cannot be reached (${failure}: ${reason}). ${change} Nothing was run.`;
    return new Problem('airflow-unreachable', detail, {}, options);
  }
  if (!command.readOnly) {
    const lost = 'MWAA answered, but neither the output nor whether the command succeeded could be read, because';
    return createUnknownOutcomeProblem(command, failure === 'size' ? `${lost} ${reason}` : reason, options);
  }
  if (failure === 'size') {
    const detail = `The command changes nothing, and ${reason}. ${advice.responseTooLarge}`;
    return new Problem('answer-too-large', detail, { ...command.problemMembers }, options);
  }
  const [code, cause] =
    failure === 'timeout'
      ? (['airflow-timeout', advice.airflowTimeout] as const)
      : (['airflow-error', "look at the web server's log"] as const);
  const detail = `Airflow gave no answer: ${reason}. The command changes nothing: send it again; if it stays so, ${cause}.`;
  return new Problem(code, detail, { ...command.problemMembers }, options);
}

/** An answer came that has no streams. */
export function createNoStreamsProblem(command: CommandToSend, status: number): Problem {
  const data = { upstreamStatus: status, ...command.problemMembers };
  const reason = status === 200 ? 'the answer could not be read' : `MWAA answered ${status}`;
  if (!command.readOnly) return createUnknownOutcomeProblem(command, reason, {}, data);
  const detail =
    `Airflow gave no streams: ${reason}. The command changes nothing: send it again; if it stays so, look at the web ` +
    "server's log and at the environment's status in MWAA.";
  return new Problem(status === 504 ? 'airflow-timeout' : 'airflow-error', detail, data);
}

/** MWAA did not start the command. */
export const createBusyProblem = (command: CommandToSend, status: number): Problem =>
  new Problem(
    'airflow-busy',
    'MWAA runs about four commands at once and did not start this one. Nothing was run: wait, then send it again.',
    { upstreamStatus: status, ...command.problemMembers },
  );

const REJECTIONS = {
  token: {
    code: 'token-refused',
    detail: ({ tokenRejected }: Remedies) =>
      `The web server refused a new token too, and for the command version as well: ${tokenRejected} Nothing was run.`,
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
export function createRejectedProblem(
  command: CommandToSend,
  status: number,
  what: keyof typeof REJECTIONS,
  advice: Remedies,
): Problem {
  const { code, detail } = REJECTIONS[what];
  return new Problem(code, detail(advice), { upstreamStatus: status, ...command.problemMembers });
}

/**
 * The command was sent, and its fate is open.
 *
 * @param reason in words, to stand after a colon
 */
export function createUnknownOutcomeProblem(
  {
    unknownOutcomeRemedy = 'Look at Airflow before sending it again.',
    problemMembers,
  }: Pick<CommandToSend, 'unknownOutcomeRemedy' | 'problemMembers'>,
  reason: string,
  options: ErrorOptions = {},
  members: Readonly<Record<string, unknown>> = { ...problemMembers },
): Problem {
  const detail = `The command was sent, and what became of it is not known: ${reason}. ${unknownOutcomeRemedy}`;
  return new Problem('outcome-unknown', detail, members, options);
}
