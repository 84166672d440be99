/** A relay for tests, which define the responses of MWAA. */
import type { RelayContext, RelayEnvironment } from '../../../lambda/relay/relay-environment.ts';
import type { RelayRecord } from '../../../lambda/relay/relay-log.ts';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import type { Upstream } from '../../../mwaa/cli/send-command-types.ts';
import type { CliTokenSource } from '../../../mwaa/cli-token.ts';
import type { CliResponse } from '../../../mwaa/connection/post.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import type { Grant } from '../../../policy/grant.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

export const TEAM_ROLE = 'arn:aws:iam::111122223333:role/team';
export const TEAM_SESSION = 'arn:aws:sts::111122223333:assumed-role/team/jo';
export const TEAM_CALLER = callerFromArn(TEAM_SESSION)!;
export const REQUEST_ID = 'id-1';

/** Creates one grant for the team. */
export const createTeamGrants = (may: string[]): Grant[] => [{ who: [TEAM_ROLE], may, line: 3 }];

/** The environment `prod`, which runs Airflow 2.10.3. */
export const createRelayEnvironment = (grants: Grant[]): RelayEnvironment => ({
  name: 'prod',
  mwaaName: 'Prod',
  airflow: '2.10.3',
  catalog: AIRFLOW_2,
  grants,
  policy: compilePolicy(grants, AIRFLOW_2).policy,
  timeouts: { postSeconds: 10, abortSeconds: 20, connectSeconds: 5, tokenSeconds: 5, busySeconds: 5 },
  webServerDomains: [],
  limits: { answerBytes: 1_000_000, outputBytes: 1_000_000 },
});

export interface TestRelay {
  readonly relay: RelayContext;
  readonly upstream: Upstream;
  /** The command lines that were posted. */
  readonly sent: readonly string[];
  /** How many tokens were requested. */
  readonly tokenRequests: () => number;
  readonly record: RelayRecord;
}

/**
 * @param respond the response to a post; it may throw
 * @param requestToken Default: a token for `web.example`
 */
export function createTestRelay(
  environment: RelayEnvironment,
  respond: (commandLine: string) => CliResponse,
  requestToken: CliTokenSource = async () => ({ token: 'secret', hostname: 'web.example' }),
): TestRelay {
  const sent: string[] = [];
  let tokenRequests = 0;
  const upstream: Upstream = {
    tokens: {
      get: (signal) => {
        tokenRequests += 1;
        return requestToken(signal);
      },
      invalidate: () => {},
    },
    post: async (_token, commandLine) => {
      sent.push(commandLine);
      return respond(commandLine);
    },
    remedies: RELAY_REMEDIES,
  };
  const record: RelayRecord = {
    requestId: REQUEST_ID,
    extendedRequestId: 'x-1',
    lambdaRequestId: REQUEST_ID,
    environment: environment.name,
  };
  const relay = {
    environment,
    send: createSendCommand(upstream),
    signal: AbortSignal.timeout(10_000),
    timeLeftMs: () => 10_000,
    record,
  };
  return { relay, upstream, sent, tokenRequests: () => tokenRequests, record };
}
