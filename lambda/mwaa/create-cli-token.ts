import { CreateCliTokenCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import { Problem } from '../problem.ts';
import type { CreateCliToken } from './token.ts';

/** What to change, by the error's name. Only `ResourceNotFoundException` is in the service's model; the others are AWS's common errors. */
const ADVICE: Readonly<Record<string, string>> = {
  AccessDeniedException: "The relay's role lacks airflow:CreateCliToken on this environment.",
  ResourceNotFoundException: 'There is no MWAA environment of this name in this account and region.',
  ThrottlingException: 'MWAA is being asked too often: try again in a moment.',
};

/**
 * Asks MWAA by the AWS SDK. The SDK's own retries stay on: the call only makes a token.
 *
 * @throws Problem `token-refused` when MWAA says no, `airflow-unreachable` when it cannot be asked
 */
export function createCliToken(mwaaName: string): CreateCliToken {
  const client = new MWAAClient({});
  return async (signal) => {
    try {
      const answer = await client.send(new CreateCliTokenCommand({ Name: mwaaName }), { abortSignal: signal });
      if (!answer.CliToken || !answer.WebServerHostname) throw new Error('the answer lacks the token or the host');
      return { token: answer.CliToken, hostname: answer.WebServerHostname };
    } catch (cause) {
      throw problem(cause as Error);
    }
  };
}

function problem(cause: Error & { $metadata?: { httpStatusCode?: number } }): Problem {
  const status = cause.$metadata?.httpStatusCode;
  if (status === undefined) {
    const detail = `The MWAA API (airflow.env endpoint) cannot be reached: ${(cause as NodeJS.ErrnoException).code ?? cause.name}. Nothing was sent.`;
    return new Problem('airflow-unreachable', detail, {}, { cause });
  }
  const advice = ADVICE[cause.name] ?? `MWAA answered ${status}.`;
  return new Problem(
    'token-refused',
    `MWAA issued no CLI token (${cause.name}). ${advice} Nothing was sent.`,
    {},
    { cause },
  );
}
