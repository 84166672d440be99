import { Problem } from '../../contract/problem.ts';
import type { NoResponseError } from '../connection/no-response-error.ts';
import type { Remedies } from '../remedies.ts';
import type { CommandToSend } from './send-command-types.ts';

/**
 * Airflow's default for the time after which the web server ends a worker that is silent, and with it the command, less a margin: 120
 * seconds. Source: `webserver.web_server_worker_timeout` and `api.worker_timeout` in `config_templates/config.yml` of Airflow 2 and 3.
 */
const WORKER_TIMEOUT_MS = 120_000 - 5_000;

/** The time of an answer that was lost, and its likely cause if that time is the one after which a worker is ended. Otherwise empty. */
const describeWorkerTimeout = (afterMs: number): string =>
  afterMs < WORKER_TIMEOUT_MS
    ? ''
    : ` after ${Math.round(afterMs / 1000)} seconds. Airflow's web server probably ended its worker, as it does after 120 seconds by ` +
      'default: use a command that takes less time, or raise webserver.web_server_worker_timeout (Airflow 3: api.worker_timeout) of ' +
      'the environment';

/**
 * The problem for a post without a response. Only a read-only command, or one that was never sent, may be repeated.
 *
 * @param afterMs how long the post took
 * @param host of the web server. Callers see it: it is no secret, and a wrong host is a common cause.
 */
export function createNoResponseProblem(
  command: CommandToSend,
  host: string,
  error: NoResponseError,
  afterMs: number,
  remedies: Remedies,
): Problem {
  const { failure, sent, reason } = error;
  const options = { cause: error };
  if (failure === 'redirect') {
    const detail =
      `The Airflow web server ${host} returned a redirect that is not followed: ${reason}. Neither the token nor the ` +
      `command was sent there, and nothing was run. ${remedies.webServerRedirect}`;
    return new Problem('redirect-refused', detail, { ...command.problemMembers }, options);
  }
  if (!sent) {
    const remedy = remedies.webServer[failure === 'size' || failure === 'timeout' ? 'exchange' : failure];
    const detail = `The Airflow web server ${host} cannot be reached (${failure}: ${reason}). ${remedy} Nothing was run.`;
    return new Problem('airflow-unreachable', detail, {}, options);
  }
  const likelyCause = failure === 'exchange' ? describeWorkerTimeout(afterMs) : '';
  if (!command.readOnly) {
    const unknownReason =
      failure === 'size'
        ? `MWAA responded, but ${reason}, so neither the output nor the outcome could be read`
        : `${reason}${likelyCause}`;
    return createUnknownOutcomeProblem(command, unknownReason, options);
  }
  if (failure === 'size') {
    const detail = `Airflow's output was not returned, because ${reason}. The command changes nothing. ${remedies.responseTooLarge}`;
    return new Problem('answer-too-large', detail, { ...command.problemMembers }, options);
  }
  const timedOut = failure === 'timeout';
  const nextStep = timedOut ? remedies.airflowTimeout : "check the web server's log.";
  const detail =
    `Airflow did not respond: ${reason}${likelyCause}. The command changes nothing, so send it again. If the problem persists, ` +
    nextStep;
  return new Problem(timedOut ? 'airflow-timeout' : 'airflow-error', detail, { ...command.problemMembers }, options);
}

/**
 * The problem for a response without streams.
 *
 * @param afterMs how long the post took
 */
export function createNoStreamsProblem(command: CommandToSend, status: number, afterMs: number): Problem {
  const members = { upstreamStatus: status, ...command.problemMembers };
  const likelyCause = status >= 500 ? describeWorkerTimeout(afterMs) : '';
  const reason = status === 200 ? 'the response could not be read' : `MWAA returned HTTP ${status}${likelyCause}`;
  if (!command.readOnly) return createUnknownOutcomeProblem(command, reason, {}, members);
  const detail =
    `Airflow returned no output: ${reason}. The command changes nothing, so send it again. If the problem persists, check ` +
    "the web server's log and the environment's status in MWAA.";
  return new Problem(status === 504 ? 'airflow-timeout' : 'airflow-error', detail, members);
}

/** The problem for a command that MWAA did not start. */
export const createBusyProblem = (command: CommandToSend, status: number): Problem =>
  new Problem(
    'airflow-busy',
    'MWAA runs about four commands at once and did not start this one. Nothing was run. Wait, then send it again.',
    { upstreamStatus: status, ...command.problemMembers },
  );

const REJECTIONS = {
  token: {
    code: 'token-refused',
    describe: ({ tokenRejected }: Remedies) =>
      `The web server rejected a new token too, even for the command version. ${tokenRejected} Nothing was run.`,
  },
  command: {
    code: 'command-refused',
    describe: () =>
      'MWAA rejected this command with a new token too, but ran the command version with the same token: it does not allow ' +
      'this command in this release. Use another command, or the Airflow REST API. Nothing was run.',
  },
  either: {
    code: 'command-refused',
    describe: () =>
      'MWAA rejected the command with a new token too. It is unknown whether MWAA rejects the command or the token. To find ' +
      'out, send the command version. Nothing was run.',
  },
} as const;

/** What the web server rejects. `either`: could not be determined. */
export type RejectedPart = keyof typeof REJECTIONS;

/** The problem for a command that MWAA does not allow, as it says itself. */
export const createNotAllowedProblem = (status: number, members: Readonly<Record<string, unknown>> = {}): Problem =>
  new Problem(
    'command-refused',
    'MWAA does not allow this command in this release ("sub command not allowed"). Use another command, or the Airflow REST API. ' +
      'Nothing was run.',
    { upstreamStatus: status, ...members },
  );

/** The problem for a command that the web server rejected twice, the second time with a new token. */
export function createRejectedProblem(
  command: CommandToSend,
  status: number,
  part: RejectedPart,
  remedies: Remedies,
): Problem {
  const { code, describe } = REJECTIONS[part];
  return new Problem(code, describe(remedies), { upstreamStatus: status, ...command.problemMembers });
}

/**
 * The problem for a command that was sent and whose outcome is unknown.
 *
 * @param reason a clause, to follow a colon
 */
export function createUnknownOutcomeProblem(
  {
    unknownOutcomeRemedy = 'Check in Airflow whether it ran before you send it again.',
    problemMembers,
  }: Pick<CommandToSend, 'unknownOutcomeRemedy' | 'problemMembers'>,
  reason: string,
  options: ErrorOptions = {},
  members: Readonly<Record<string, unknown>> = { ...problemMembers },
): Problem {
  const detail = `The command was sent, and its outcome is unknown: ${reason}. ${unknownOutcomeRemedy}`;
  return new Problem('outcome-unknown', detail, members, options);
}
