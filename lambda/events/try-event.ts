import type { Context, SQSRecord } from 'aws-lambda';
import { type EventCommand, parseEventCommand } from '../../config/event-command.ts';
import { EVENT_MARGIN_SECONDS, EVENT_QUEUE_SECONDS } from '../../config/event-timeouts.ts';
import type { EventsFileEvent } from '../../config/events-file.ts';
import { callerFromDeclaredName } from '../../policy/caller.ts';
import { describeInternalError, describeRefusal } from '../audit/describe-error.ts';
import type { HttpResponse } from '../event/http-response.ts';
import type { FrontEnvironments } from '../front/front-environments.ts';
import type { InvokeRelay } from '../front/queue/create-invoke-relay.ts';
import { runDeclaredCommand } from '../front/run-declared-command.ts';
import { toProblem } from '../middleware/to-problem.ts';
import { type EventDisposition, getProblemDisposition } from './event-dispositions.ts';
import { createEventKey } from './event-key.ts';
import type { EventRecord } from './event-log.ts';
import { parseEvent, readPlaceholders } from './received-event.ts';

export interface TryOptions {
  readonly environments: FrontEnvironments;
  readonly invokeRelay: InvokeRelay;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What a try of an event has shown. */
export interface TryResult {
  readonly disposition: EventDisposition;
  /** The code of the problem. Empty if there is none. */
  readonly problem: string;
  /** A sentence for people. */
  readonly detail: string;
  readonly retryAfterSeconds?: number | undefined;
}

export interface EventTry {
  readonly rule: EventsFileEvent;
  readonly message: SQSRecord;
  /** The time since the message arrived in the queue. */
  readonly ageMs: number;
  readonly record: EventRecord;
  readonly context: Context;
}

export const HOUR_MS = 3_600_000;

/** Creates a function that runs the command of an event. It never throws. */
export function createTryEvent({
  environments,
  invokeRelay,
  now,
}: TryOptions): (event: EventTry) => Promise<TryResult> {
  const commands = new Map<EventsFileEvent, EventCommand>();
  /** The command of a rule, compiled on first use. */
  const getCommand = (rule: EventsFileEvent, caller: string): EventCommand => {
    const existing = commands.get(rule);
    if (existing !== undefined) return existing;
    const { catalog } = environments.get(rule.environment, callerFromDeclaredName(caller)!);
    const command = parseEventCommand(catalog, rule);
    commands.set(rule, command);
    return command;
  };
  const run = async ({ rule, message, record, context }: EventTry): Promise<HttpResponse> => {
    const caller = `event:${rule.name}`;
    record.caller = caller;
    const event = parseEvent(message.body);
    // Only an id that EventBridge has made, because others could be anything.
    if (/^[\w-]{1,64}$/.test(String(event.id))) record.eventId = String(event.id);
    const command = getCommand(rule, caller);
    const waitMs = EVENT_QUEUE_SECONDS * 1000;
    return runDeclaredCommand(
      { environments, invokeRelay, record },
      {
        caller,
        environment: rule.environment,
        argv: command.fill(readPlaceholders(event, command.template.names)),
        idempotencyKey: createEventKey(event, rule),
        waitMs,
        slowWaitMs: waitMs,
        deadline: now() + context.getRemainingTimeInMillis() - (EVENT_MARGIN_SECONDS / 2) * 1000,
      },
    );
  };
  return async (event) => {
    const { rule, ageMs, record } = event;
    record.event = rule.name;
    record.environment = rule.environment;
    if (!rule.enabled)
      return { disposition: 'later', problem: 'disabled', detail: 'The event or its environment is disabled.' };
    // An event is given up after a try. This one was not tried in time, because nothing received its message.
    if (ageMs > (rule.giveUpHours + 1) * HOUR_MS) return createTooOld(ageMs, rule);
    try {
      return readResponse(await run(event), record);
    } catch (error) {
      return readError(error, record);
    }
  };
}

function createTooOld(ageMs: number, { giveUpHours }: EventsFileEvent): TryResult {
  const detail =
    `The event waited for ${Math.floor(ageMs / HOUR_MS)} hours, and giveUpHours is ${giveUpHours}. The log of the events function ` +
    'shows with this request id whether it was tried.';
  return { disposition: 'never', problem: 'too-old', detail };
}

/** What the relay has answered: the result of the command, or a problem. */
function readResponse({ statusCode, body, headers }: HttpResponse, record: EventRecord): TryResult {
  record.status = statusCode;
  if (statusCode < 300) return { disposition: 'done', problem: '', detail: '' };
  const problem = record.result ?? '';
  const retryAfter = Number(headers['retry-after']);
  return {
    disposition: getProblemDisposition(problem, 'relay'),
    problem,
    detail: readDetail(body),
    ...(Number.isFinite(retryAfter) && { retryAfterSeconds: retryAfter }),
  };
}

function readDetail(body: HttpResponse['body']): string {
  const { detail }: { detail?: unknown } = JSON.parse(Buffer.from(body).toString('utf8'));
  return typeof detail === 'string' ? detail : '';
}

/** What this function has found, or an error of its own. */
function readError(error: unknown, record: EventRecord): TryResult {
  const problem = toProblem(error);
  const { code, message, data } = problem;
  Object.assign(record, { result: code }, describeRefusal(problem));
  const internalError = describeInternalError(problem);
  if (internalError !== undefined) record.error = internalError;
  const { retryAfterSeconds } = data;
  return {
    disposition: getProblemDisposition(code, 'function'),
    problem: code,
    detail: message,
    ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
  };
}
