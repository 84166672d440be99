import type { RelayFile } from '../../config/relay-file.ts';
import type { StoredPolicy } from '../../config/stored-policy.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayResponse } from '../../contract/relay-request.ts';
import { isSamePolicy, type PolicyReference } from '../../contract/stored-policy.ts';
import type { Upstream } from '../../mwaa/cli/send-command-types.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { HEALTH_INVOCATION } from '../command/health-invocation.ts';
import { createRelayHandler } from '../relay/create-relay-handler.ts';
import type { LoggedContext } from '../relay/log-requests.ts';
import { createUntrustedEventProblem, type RelayEvent } from '../relay/relay-event.ts';
import type { RelayRecord } from '../relay/relay-log.ts';
import type { PolicySource } from './policy-source.ts';

type Handle = ReturnType<typeof createRelayHandler>;

/** The step of a health check that reads the policy. */
const POLICY_STEP = 'policy';

/**
 * Creates the handler of a relay that reads its grants at run time. It decides by the policy that the front has decided by, or not at
 * all: a decision by half of each could allow what neither allows.
 */
export function createPolicyRelayHandler(
  source: PolicySource,
  environment: Omit<RelayFile, 'grants'>,
  upstream: Upstream,
): Handle {
  let current: { readonly policy: PolicyReference; readonly handle: Handle } | undefined;
  const getHandler = (policy: StoredPolicy): Handle => {
    if (current === undefined || !isSamePolicy(current.policy, policy)) {
      const { grants } = policy;
      const compiled = compilePolicy(grants, environment.catalog).policy;
      // Until MWAA accepts a command, half a minute can pass.
      const beforePost = async () => requireSamePolicy(await source.load(), policy);
      current = {
        policy,
        handle: createRelayHandler({ ...environment, grants, policy: compiled }, { ...upstream, beforePost }),
      };
    }
    return current.handle;
  };
  return async (event: RelayEvent, context: LoggedContext): Promise<RelayResponse> => {
    const { record } = context;
    if ('scheduled' in event) {
      const policy = await source.load().catch((error: unknown) => {
        throw createUnhealthyProblem(error, environment, record);
      });
      setPolicy(record, policy);
      return getHandler(policy)(event, context);
    }
    const { policy: decidedBy } = event;
    if (decidedBy === undefined) throw createUntrustedEventProblem();
    const cached = await source.load();
    const policy = isSamePolicy(cached, decidedBy) ? cached : await source.reload();
    setPolicy(record, policy);
    requireSamePolicy(policy, decidedBy);
    const response = await getHandler(policy)(event, context);
    return event.action.kind === 'health' ? addPolicyStep(response, policy) : response;
  };
}

/** @throws Problem `policy-changed` */
function requireSamePolicy(policy: PolicyReference, decidedBy: PolicyReference): void {
  if (isSamePolicy(policy, decidedBy)) return;
  throw new Problem(
    'policy-changed',
    `The policy changed from version ${decidedBy.version} to ${policy.version} while the request waited. Nothing was run. ` +
      'Send the request again.',
  );
}

function setPolicy(record: RelayRecord, { version, digest }: PolicyReference): void {
  record.policyVersion = version;
  record.policyDigest = digest;
}

/** The health check shows which policy the relay has. */
function addPolicyStep(response: RelayResponse, { version, digest }: PolicyReference): RelayResponse {
  const { steps } = response.body as { readonly steps?: unknown };
  if (!Array.isArray(steps)) return response;
  const step = { step: POLICY_STEP, status: 'ok', detail: `version ${version}, digest ${digest}` };
  return { ...response, body: { ...response.body, steps: [step, ...steps] } };
}

/** The alarm for a health check that failed is raised for a policy that cannot be read, too. */
function createUnhealthyProblem(error: unknown, { name, airflow }: Omit<RelayFile, 'grants'>, record: RelayRecord) {
  if (!(error instanceof Problem)) return error;
  record.caller = 'schedule';
  record.command = HEALTH_INVOCATION.command.path;
  record.healthy = false;
  record.failedStep = POLICY_STEP;
  const steps = [{ step: POLICY_STEP, status: 'failed', detail: error.message }];
  const detail = `The health check failed at step "${POLICY_STEP}". ${error.message}`;
  return new Problem('unhealthy', detail, { environment: name, airflowVersion: airflow, healthy: false, steps });
}
