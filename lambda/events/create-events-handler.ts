import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type EventCommand, parseEventCommand } from '../../config/event-command.ts';
import { EVENT_MARGIN_SECONDS, EVENT_QUEUE_SECONDS } from '../../config/event-timeouts.ts';
import type { EventsFile, EventsFileEvent } from '../../config/events-file.ts';
import { Problem } from '../../contract/problem.ts';
import { callerFromDeclaredName } from '../../policy/caller.ts';
import { describeInternalError, describeRefusal } from '../audit/describe-error.ts';
import type { HttpResponse } from '../event/http-response.ts';
import type { FrontEnvironments } from '../front/front-environments.ts';
import type { InvokeRelay } from '../front/queue/create-invoke-relay.ts';
import { runDeclaredCommand } from '../front/run-declared-command.ts';
import { toProblem } from '../middleware/to-problem.ts';
import type { QueueClient } from './create-queue-client.ts';
import { createDeadLetterAttributes } from './dead-letter.ts';
import { type EventFate, getProblemFate } from './event-fates.ts';
import { createEventKey } from './event-key.ts';
import { type EventRecord, writeEvent } from './event-log.ts';
import { parseEvent, readPlaceholders } from './received-event.ts';
import { getRetryDelay } from './retry-delay.ts';

export interface EventsHandlerOptions {
  readonly file: Pick<EventsFile, 'events'>;
  readonly environments: FrontEnvironments;
  readonly invokeRelay: InvokeRelay;
  readonly queues: QueueClient;
  /** Milliseconds since the epoch. */
  now(): number;
  /** At least 0 and less than 1. */
  random(): number;
}

/** What a try has shown. */
interface TryResult {
  readonly fate: EventFate;
  /** The code of the problem. Empty after a success. */
  readonly problem: string;
  readonly detail: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** Why a message was not tried: older than its event allows, or for an event that is disabled. */
const createTooOld = (ageHours: number, giveUpHours: number): TryResult => ({
  fate: 'never',
  problem: 'too-old',
  detail:
    `The event waited for ${Math.round(ageHours)} hours. It is tried for ${giveUpHours} (giveUpHours). Search the log of the ` +
    'events function for the request id: it shows the earlier tries, if there were any.',
});

/**
 * Creates the handler of the events function. Lambda calls it with one message of one queue. It runs the command of the queue's event, as
 * the caller `event:NAME`, and decides what becomes of the message.
 *
 * It never sends a message to the queue again: a message that needs another try stays in the queue, hidden for a while. So the function
 * may end at any point, and the message is delivered again. Then the command has the same key, and finds the run that it has made.
 */
export function createEventsHandler(options: EventsHandlerOptions) {
  const commands = new Map<string, EventCommand>();
  return async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const message of Records) {
      const isDone = await processMessage(options, commands, message, context);
      if (!isDone) batchItemFailures.push({ itemIdentifier: message.messageId });
    }
    return { batchItemFailures };
  };
}

/** @returns whether Lambda may delete the message */
async function processMessage(
  options: EventsHandlerOptions,
  commands: Map<string, EventCommand>,
  message: SQSRecord,
  context: Context,
): Promise<boolean> {
  const { queues, now, random } = options;
  const startedAt = now();
  const { messageId, body, receiptHandle } = message;
  const { SentTimestamp, ApproximateReceiveCount } = message.attributes;
  const receiveCount = Number(ApproximateReceiveCount) || 1;
  const ageMs = Math.max(0, startedAt - Number(SentTimestamp)) || 0;
  const record: EventRecord = {
    requestId: messageId,
    extendedRequestId: messageId,
    lambdaRequestId: context.awsRequestId,
    route: 'event',
    receiveCount,
    ageMs,
  };
  const source = readQueueArn(message.eventSourceARN);
  const rule = findRule(options.file, source, context);
  const delaySeconds = (retryAfterSeconds?: number) =>
    getRetryDelay({ receiveCount, random: random(), retryAfterSeconds });
  let delay = delaySeconds();
  let result = await tryMessage(options, commands, { rule, message, ageMs, record, context });
  if (result.fate === 'later') {
    delay = delaySeconds(result.retryAfterSeconds);
    const isLast = rule?.enabled === true && ageMs + delay * 1000 > rule.giveUpHours * HOUR_MS;
    if (isLast) result = { ...result, fate: 'never' };
  }
  if (result.fate === 'never' && rule !== undefined) {
    const { problem, detail } = result;
    const attributes = createDeadLetterAttributes(body, { problem, detail, requestId: messageId, event: rule.name });
    try {
      await queues.send({ account: source.account, name: rule.deadLetterQueue }, body, attributes);
    } catch (error) {
      record.error = describeError(error);
      result = { ...result, fate: 'later' };
    }
  }
  if (result.fate === 'later') {
    record.delaySeconds = delay;
    // If this fails, the message is delivered again when the time ends for which SQS has hidden it.
    await queues.hide(source, receiptHandle, delay).catch((error: unknown) => {
      record.error ??= describeError(error);
    });
  }
  record.fate = result.fate;
  record.durationMs = Math.round(now() - startedAt);
  writeEvent(record, now());
  return result.fate !== 'later';
}

const HOUR_MS = 3_600_000;

interface Try {
  readonly rule: EventsFileEvent | undefined;
  readonly message: SQSRecord;
  readonly ageMs: number;
  readonly record: EventRecord;
  readonly context: Context;
}

/** Runs the command of a message. Never throws. */
async function tryMessage(
  options: EventsHandlerOptions,
  commands: Map<string, EventCommand>,
  { rule, message, ageMs, record, context }: Try,
): Promise<TryResult> {
  try {
    if (rule === undefined) {
      throw new Problem('untrusted-event', `This function serves no queue with the ARN ${message.eventSourceARN}.`);
    }
    record.event = rule.name;
    record.environment = rule.environment;
    record.caller = `event:${rule.name}`;
    if (!rule.enabled)
      return { fate: 'later', problem: 'disabled', detail: 'The event or its environment is disabled.' };
    if (ageMs > (rule.giveUpHours + 1) * HOUR_MS) return createTooOld(ageMs / HOUR_MS, rule.giveUpHours);
    const event = parseEvent(message.body);
    if (/^[\w-]{1,64}$/.test(String(event.id))) record.eventId = String(event.id);
    const command = getCommand(options, commands, rule);
    const values = readPlaceholders(event, command.template.names);
    const response = await runDeclaredCommand(
      { ...options, record },
      {
        caller: record.caller,
        environment: rule.environment,
        argv: command.fill(values),
        idempotencyKey: createEventKey(event, rule),
        waitMs: EVENT_QUEUE_SECONDS * 1000,
        slowWaitMs: EVENT_QUEUE_SECONDS * 1000,
        deadline: options.now() + context.getRemainingTimeInMillis() - (EVENT_MARGIN_SECONDS / 2) * 1000,
      },
    );
    return readResponse(response, record);
  } catch (error) {
    const problem = toProblem(error);
    record.result = problem.code;
    Object.assign(record, describeRefusal(problem));
    const internalError = describeInternalError(problem);
    if (internalError !== undefined) record.error = internalError;
    const { retryAfterSeconds } = problem.data;
    return {
      fate: getProblemFate(problem.code, 'function'),
      problem: problem.code,
      detail: problem.message,
      retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined,
    };
  } finally {
    if (record.result === undefined && rule !== undefined) record.result = rule.enabled ? 'too-old' : 'disabled';
  }
}

/** What the relay has answered: the result of the command, or a problem. */
function readResponse({ statusCode, body, headers }: HttpResponse, record: EventRecord): TryResult {
  record.status = statusCode;
  if (statusCode < 300) return { fate: 'done', problem: '', detail: '' };
  const problem = record.result ?? 'internal-error';
  const retryAfter = Number(headers?.['retry-after']);
  return {
    fate: getProblemFate(problem, 'relay'),
    problem,
    detail: readDetail(body),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
}

function readDetail(body: HttpResponse['body']): string {
  try {
    const { detail }: { detail?: unknown } = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof detail === 'string' ? detail : '';
  } catch {
    return '';
  }
}

/** The command of a rule, compiled on first use. */
function getCommand(
  { environments }: EventsHandlerOptions,
  commands: Map<string, EventCommand>,
  rule: EventsFileEvent,
): EventCommand {
  const existing = commands.get(rule.name);
  if (existing !== undefined) return existing;
  const caller = callerFromDeclaredName(`event:${rule.name}`);
  if (caller === undefined) throw new Error(`${rule.name} is not the name of an event`);
  const command = parseEventCommand(environments.get(rule.environment, caller).catalog, rule);
  commands.set(rule.name, command);
  return command;
}

interface QueueArn {
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

function readQueueArn(arn: string): QueueArn {
  const [, , , region = '', account = '', name = ''] = arn.split(':');
  return { region, account, name };
}

/** The rule whose queue sent the message. The queue is in the account and region of this function, as its own ARN says. */
function findRule(
  { events }: Pick<EventsFile, 'events'>,
  queue: QueueArn,
  context: Context,
): EventsFileEvent | undefined {
  const own = readQueueArn(context.invokedFunctionArn);
  const isOwn = queue.account === own.account && queue.region === own.region;
  return isOwn && Object.hasOwn(events, queue.name) ? events[queue.name] : undefined;
}

/** An error of SQS or of the connection to it, for the log. */
const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'an error that is none';
