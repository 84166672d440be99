import { createHash } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { writeLogLine } from '../audit/write-log-line.ts';
import { toProblem } from '../middleware/to-problem.ts';
import { fitResponse } from './fit-response.ts';
import { createFailedId, createPhysicalId, readPhysicalId } from './physical-id.ts';
import { type CustomResourceEvent, DIRECT_MEMBERS, type DirectEvent, readEvent } from './read-event.ts';
import { type DeploymentContext, type DeploymentResult, runDeployment } from './run-deployment.ts';
import type { sendResponse } from './send-response.ts';

export interface DeploymentHandlerOptions extends DeploymentContext {
  readonly sendResponse: typeof sendResponse;
}

type LambdaContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** What a direct invocation returns. */
export interface DirectResponse {
  readonly Id?: string;
  readonly Commands: readonly { readonly Command: string; readonly Outcome: string; readonly RunId?: string }[];
}

/** The time that is kept for the response, in milliseconds, and its share of a short time. */
const RESPONSE_MS = 40_000;
const RESPONSE_SHARE = 0.25;
const MAX_REMEMBERED = 50;

/** A direct invocation that failed. Lambda returns the message to whoever invoked the function. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

/**
 * Creates the handler of a deployment: for requests of CloudFormation, which get their response at a URL, and for direct invocations, which get
 * the result, or an error.
 *
 * Memory of the process only adds to what is safe without it: another process may get the next request.
 */
export function createDeploymentHandler(options: DeploymentHandlerOptions) {
  const { caller, now } = options;
  /** Responses by event. An event that Lambda delivers twice is the same to the last character, and a repeat of CloudFormation is not. */
  const responses = new Map<string, string>();
  /** How many commands of a creation ran, by resource, until the deletion. */
  const creations = new Map<string, number>();

  const getDeadline = (context: LambdaContext, givesUpAt = Number.POSITIVE_INFINITY): number => {
    const leftMs = Math.min(context.getRemainingTimeInMillis(), givesUpAt - now());
    return now() + leftMs - Math.min(RESPONSE_MS, leftMs * RESPONSE_SHARE);
  };

  async function runForCloudFormation(event: CustomResourceEvent, context: LambdaContext) {
    const { phase, stackId, logicalResourceId, physicalResourceId, properties, requestId, givesUpAt } = event;
    const own = createPhysicalId(caller, stackId, logicalResourceId);
    const known = readPhysicalId(own, physicalResourceId);
    const resource = `${stackId} ${logicalResourceId}`;
    const created = known === undefined ? creations.get(resource) : known.ran;
    if (phase === 'delete' && known === undefined && created === undefined)
      return { id: physicalResourceId, result: nothingUndone(UNKNOWN_ID) };
    if (phase === 'delete' && created === 0) return { id: physicalResourceId, result: nothingUndone(NOTHING_RAN) };
    const result = await runDeployment(options, {
      phase,
      properties,
      identity: own,
      created,
      deadline: getDeadline(context, givesUpAt),
      requestId,
      lambdaRequestId: context.awsRequestId,
    });
    // A creation that is tried again may fail earlier than before. What ran then still has to be undone.
    const ran = phase === 'create' ? Math.max(result.ran, creations.get(resource) ?? 0) : result.ran;
    if (phase === 'create') remember(creations, resource, ran);
    if (phase === 'delete' && result.status === 'SUCCESS') creations.delete(resource);
    return { id: choosePhysicalId(own, event, known?.ran, { ...result, ran }), result };
  }

  async function handleCustomResource(event: CustomResourceEvent, text: string, context: LambdaContext): Promise<void> {
    const { phase, stackId, logicalResourceId, requestId, givesUpAt } = event;
    const line = {
      deployment: phase,
      requestId,
      lambdaRequestId: context.awsRequestId,
      caller,
      stackId,
      logicalResourceId,
    };
    if (givesUpAt !== undefined && now() >= givesUpAt) {
      writeLogLine({ ...line, result: 'too-late' });
      return;
    }
    const key = createHash('sha256').update(text).digest('hex');
    let response = responses.get(key);
    if (response === undefined) {
      const { id, result } = await runForCloudFormation(event, context);
      const { status, reason, ran } = result;
      writeLogLine({ ...line, physicalResourceId: id, result: status, ran });
      response = fitResponse({
        Status: status,
        Reason: reason,
        PhysicalResourceId: id ?? createPhysicalId(caller, stackId, logicalResourceId),
        StackId: stackId,
        RequestId: requestId,
        LogicalResourceId: logicalResourceId,
        Data: createData(result),
      });
      remember(responses, key, response);
    } else writeLogLine({ ...line, result: 'delivered-again' });
    await options.sendResponse(event.responseUrl, response, {
      sleep: options.sleep,
      timeLeftMs: () =>
        Math.min(context.getRemainingTimeInMillis() - 2000, (givesUpAt ?? Number.POSITIVE_INFINITY) - now()),
    });
  }

  async function handleDirect(event: DirectEvent, context: LambdaContext): Promise<DirectResponse> {
    const { phase, id, properties } = event;
    const requestId = context.awsRequestId;
    const result = await runDeployment(options, {
      phase,
      properties,
      moreProperties: DIRECT_MEMBERS,
      identity: id === undefined ? undefined : createPhysicalId(caller, '', id),
      deadline: getDeadline(context),
      requestId,
      lambdaRequestId: requestId,
    });
    writeLogLine({
      deployment: phase,
      requestId,
      lambdaRequestId: requestId,
      caller,
      id,
      result: result.status,
      ran: result.ran,
    });
    if (result.status === 'FAILED') throw new DeploymentError(result.reason);
    const commands = result.results.map(({ text, outcome, runId }) => ({
      Command: text,
      Outcome: outcome,
      ...(runId === undefined ? {} : { RunId: runId }),
    }));
    return { ...(id === undefined ? {} : { Id: id }), Commands: commands };
  }

  return async (event: unknown, context: LambdaContext): Promise<DirectResponse | undefined> => {
    let read: ReturnType<typeof readEvent>;
    try {
      read = readEvent(event);
    } catch (error) {
      throw new DeploymentError(toProblem(error).message);
    }
    if (read.kind === 'direct') return handleDirect(read, context);
    await handleCustomResource(read, JSON.stringify(event), context);
    return undefined;
  };
}

const UNKNOWN_ID =
  'Nothing was undone: CloudFormation got no response to the creation, so it is unknown which commands ran. Check Airflow.';
const NOTHING_RAN = 'Nothing was undone, because no command of the creation ran.';

const nothingUndone = (reason: string): DeploymentResult => ({ status: 'SUCCESS', reason, ran: 0, results: [] });

/** Another physical id would be a replacement, after which CloudFormation deletes the old resource. */
function choosePhysicalId(
  own: string,
  { phase, physicalResourceId }: CustomResourceEvent,
  ranBefore: number | undefined,
  { status, ran }: DeploymentResult,
): string {
  if (phase === 'create') return status === 'SUCCESS' ? own : createFailedId(own, ran);
  // The deletion of a resource of which nothing ran does nothing.
  if (phase === 'update' && status === 'SUCCESS' && ranBefore === 0) return own;
  return physicalResourceId ?? own;
}

/** The attributes of the resource, for `Fn::GetAtt`. */
function createData({ results }: DeploymentResult): Record<string, string> {
  const runIds = results.flatMap(({ runId }) => runId ?? []);
  return { ...(runIds[0] === undefined ? {} : { RunId: runIds[0] }), RunIds: runIds.join(',') };
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= MAX_REMEMBERED) map.delete([...map.keys()][0]!);
  map.set(key, value);
}
