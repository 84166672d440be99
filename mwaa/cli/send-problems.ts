import { Problem } from '../../contract/problem.ts';
import type { Remedies } from '../remedies.ts';
import { createUnknownOutcomeProblem, describeWorkerTimeout } from '../sent-problems.ts';
import type { CommandToSend } from './send-command-types.ts';

/**
 * The problem for a response without streams.
 *
 * @param afterMs how long the post took
 */
export function createNoStreamsProblem(command: CommandToSend, status: number, afterMs: number): Problem {
  const members = { upstreamStatus: status, ...command.problemMembers };
  const likelyCause = status >= 500 ? describeWorkerTimeout('command', afterMs) : '';
  const reason = status === 200 ? 'the response could not be read' : `MWAA returned HTTP ${status}${likelyCause}`;
  if (!command.readOnly) return createUnknownOutcomeProblem({ ...command, noun: 'command' }, reason, {}, members);
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
