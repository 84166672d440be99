import { isJsonObject } from '../../airflow/parse-json.ts';
import { Problem } from '../../contract/problem.ts';
import { createJsonResponse, type HttpResponse } from '../event/http-response.ts';
import type { RelayTarget } from './queue/create-invoke-relay.ts';
import { type RelayCall, relayRequest } from './relay-request.ts';

/** What a health check reports about the way to the REST API. */
interface RestHealth {
  readonly healthy: boolean;
  /** The role of the environment's requests in Airflow. */
  readonly airflowRole?: unknown;
  /** Empty if the REST relay gave no answer: `detail` says why. */
  readonly steps: readonly unknown[];
  readonly detail?: string;
}

/**
 * Checks the way of commands and that of requests for the REST API at the same time.
 *
 * @param call to the relay of commands
 * @param restRelay undefined: the environment does not offer the REST API
 * @throws Problem, `unhealthy` if one of the ways is broken
 */
export async function relayHealth(call: RelayCall, restRelay: RelayTarget | undefined): Promise<HttpResponse> {
  if (restRelay === undefined) return relayRequest(call);
  const [commands, rest] = await Promise.all([
    relayRequest(call).catch((error: unknown) => ({ error })),
    // The log has one waiting time and one result: those of the relay of commands.
    checkRest({ ...call, relay: restRelay, record: { ...call.record } }),
  ]);
  if ('error' in commands) throw commands.error;
  const body = readBody(commands);
  if (!Array.isArray(body?.steps)) return commands;
  if (body.healthy !== true || rest.healthy)
    return { ...createJsonResponse(commands.statusCode, JSON.stringify({ ...body, rest })), headers: commands.headers };
  call.record.result = 'unhealthy';
  const { environment, airflowVersion, steps, queuedMs } = body;
  const detail = `The way of commands works, but not that of requests for the REST API. ${rest.detail}`;
  throw new Problem('unhealthy', detail, { environment, airflowVersion, healthy: false, steps, rest, queuedMs });
}

async function checkRest(call: RelayCall): Promise<RestHealth> {
  try {
    const response = await relayRequest(call);
    const { healthy, airflowRole, steps, detail } = readBody(response) ?? {};
    return {
      healthy: healthy === true,
      ...(airflowRole === undefined ? {} : { airflowRole }),
      steps: Array.isArray(steps) ? steps : [],
      ...(typeof detail === 'string' ? { detail } : {}),
    };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { healthy: false, steps: [], detail: error.message };
  }
}

function readBody({ body }: HttpResponse): Readonly<Record<string, unknown>> | undefined {
  const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  return isJsonObject(value) ? value : undefined;
}
