import { isJsonObject } from '../../airflow/parse-json.ts';
import { Problem } from '../../contract/problem.ts';
import { getErrorCode } from '../connection/connection-step.ts';
import { runConnectionSteps } from '../connection/run-connection-steps.ts';
import type { RunStep } from '../connection/run-steps.ts';
import { sendCall } from './send-call.ts';
import type { CallAnswer, CallTrace, RestUpstream } from './send-call-types.ts';

/** The steps of a check of the way to Airflow's REST API, in order. */
export const REST_CONNECTIVITY_STEPS = [
  'token',
  'name resolution',
  'connect',
  'TLS',
  'login',
  'session',
  'version',
  'release',
] as const;

export interface RestConnectivityCheck {
  readonly upstream: RestUpstream;
  readonly signal: AbortSignal;
  /** Time limit of each connection step. */
  readonly stepTimeoutMs: number;
  /** The release whose operations are used, as in `2.10.3`. */
  readonly airflow: string;
  readonly basePath: '/api/v1' | '/api/v2';
  /** Says what to change if the environment runs another release. */
  readonly describeReleaseMismatch: (running: string) => string;
  readonly trace: CallTrace;
}

/**
 * Checks each step of the way to Airflow's REST API separately: the token, name resolution, connecting, TLS, the login, whether the web
 * server accepts the session, `GET /version`, and whether the environment runs the configured release. The session is a new one, and is
 * not used for anything else.
 */
export async function checkRestConnectivity(
  runStep: RunStep<(typeof REST_CONNECTIVITY_STEPS)[number]>,
  check: RestConnectivityCheck,
): Promise<void> {
  const { upstream, signal, airflow, basePath, trace } = check;
  const { loginSteps, remedies, airflowRole } = upstream;
  const issued = await runStep('token', () => loginSteps.requestToken(signal));
  const { hostname } = issued;
  await runConnectionSteps(runStep, {
    hostname,
    stepTimeoutMs: check.stepTimeoutMs,
    signal,
    describeRemedy: (step, error) => `${hostname} (${getErrorCode(error)}). ${remedies.webServer[step]}`,
  });
  const session = await runStep('login', () => loginSteps.logIn(issued, signal));
  const inSession = { ...upstream, sessions: { get: async () => session, invalidate: () => {} } };
  const get = (path: string): Promise<CallAnswer> =>
    sendCall(inSession, { method: 'GET', target: `${basePath}${path}`, readOnly: true, trace }, signal);
  // Everybody may read the version, also without a session.
  await runStep(
    'session',
    () =>
      get('/dags?limit=1').then(
        () => undefined,
        (error: unknown) => describeRefusedRole(error, airflowRole),
      ),
    (detail) => detail,
  );
  const running = await runStep('version', async () => readVersion(await get('/version')));
  await runStep('release', async () => {
    if (running !== airflow) throw new Error(check.describeReleaseMismatch(running));
  });
}

/**
 * Airflow knows who sends the request, and refuses it. Every default role but `Public` may list DAGs. A role of one's own, beside `Public`,
 * need not.
 *
 * @throws the error if the session is not as it should be
 */
function describeRefusedRole(error: unknown, airflowRole: string): string {
  if (airflowRole !== 'Public' || !(error instanceof Problem) || error.code !== 'role-refused') throw error;
  return 'Airflow does not let the user of the REST relay list DAGs. If it refuses more, give this user a role in Airflow.';
}

/** @throws Error if the answer has no version */
function readVersion({ status, body }: CallAnswer): string {
  const text = Buffer.from(body).toString('utf8');
  const version = status === 200 ? tryParse(text) : undefined;
  if (isJsonObject(version) && typeof version.version === 'string') return version.version;
  throw new Error(`GET /version has no version in its answer (HTTP ${status}). Check the web server's log.`);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
