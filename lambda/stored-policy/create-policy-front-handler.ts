import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { StoredPolicy } from '../../config/stored-policy.ts';
import { isSamePolicy, type PolicyReference } from '../../contract/stored-policy.ts';
import { identifyCaller } from '../event/caller-from-event.ts';
import type { HttpResponse } from '../event/http-response.ts';
import { readRoute } from '../event/read-route.ts';
import { createFrontHandler, type FrontOptions } from '../front/create-front-handler.ts';
import type { FrontEnvironments } from '../front/front-environments.ts';
import type { FrontRecord } from '../front/front-log.ts';
import type { LoggedContext } from '../front/log-requests.ts';
import type { PolicySource } from './policy-source.ts';

export interface PolicyFrontOptions extends Omit<FrontOptions, 'environments' | 'policy'> {
  readonly source: PolicySource;
  readonly createEnvironments: (policy: StoredPolicy) => FrontEnvironments;
}

type Handle = ReturnType<typeof createFrontHandler>;

/**
 * Creates the handler of a front that reads its grants at run time. Each request is decided by one policy. If the relay has a newer one,
 * it has refused the request before anything was sent: then the front reads the policy again, and decides anew.
 */
export function createPolicyFrontHandler({ source, createEnvironments, ...front }: PolicyFrontOptions): Handle {
  let current: { readonly policy: PolicyReference; readonly handle: Handle } | undefined;
  const getHandler = (policy: StoredPolicy): Handle => {
    if (current === undefined || !isSamePolicy(current.policy, policy)) {
      const { version, digest } = policy;
      const handle = createFrontHandler({
        ...front,
        policy: { version, digest },
        environments: createEnvironments(policy),
      });
      current = { policy, handle };
    }
    return current.handle;
  };
  const decide = async (policy: StoredPolicy, event: APIGatewayProxyEvent, context: LoggedContext) => {
    const { record } = context;
    record.policyVersion = policy.version;
    record.policyDigest = policy.digest;
    return getHandler(policy)(event, context);
  };
  return async (event, context): Promise<HttpResponse> => {
    const { record } = context;
    // Both attempts together have the time of one request.
    context.deadline = front.now() + front.respondSeconds * 1000;
    const policy = await source.load().catch((error: unknown) => {
      describeRequest(event, record, front.now());
      throw error;
    });
    const response = await decide(policy, event, context);
    if (record.result !== 'policy-changed') return response;
    clearDecision(record);
    return decide(await source.reload(), event, context);
  };
}

/** Without a policy, there is no decision, but the log shows who has asked. */
function describeRequest(event: APIGatewayProxyEvent, record: FrontRecord, now: number): void {
  try {
    record.route = readRoute(event).name;
    record.caller = identifyCaller(event, now).caller.label;
  } catch {
    // The answer is that there is no policy.
  }
}

/** The log line of a request has the decision by the last policy only. */
function clearDecision(record: FrontRecord): void {
  delete record.result;
  delete record.decision;
  delete record.grant;
  delete record.grantLine;
}
