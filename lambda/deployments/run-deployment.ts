import { createHash, randomUUID } from 'node:crypto';
import { fillCommandTemplate, parseFilledTemplate } from '../../airflow/command-template.ts';
import { isTrigger } from '../../airflow/complete-invocation.ts';
import { type DeploymentCommand, readDeploymentCommand } from '../../airflow/deployment-command.ts';
import { NOTE_TEXTS } from '../../airflow/note-texts.ts';
import { isJsonObject } from '../../airflow/parse-json.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { PROBLEM_TYPE_PREFIX } from '../../contract/problem-type-prefix.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../contract/problem-types.ts';
import { DEPLOYMENT_ROUTE } from '../../contract/routes.ts';
import { describeInternalError, describeRefusal } from '../audit/describe-error.ts';
import { writeLogLine } from '../audit/write-log-line.ts';
import { readCaller } from '../event/caller-from-event.ts';
import type { HttpResponse } from '../event/http-response.ts';
import type { FrontEnvironment, FrontEnvironments } from '../front/front-environments.ts';
import { type FrontRecord, writeRequest } from '../front/front-log.ts';
import { prepareCommandRequest } from '../front/prepare-command-request.ts';
import type { InvokeRelay } from '../front/queue/create-invoke-relay.ts';
import { runDeclaredCommand } from '../front/run-declared-command.ts';
import { toProblem } from '../middleware/to-problem.ts';
import { chooseUndo } from './choose-undo.ts';
import { createMask, type MaskValues } from './mask-values.ts';
import type { Phase } from './read-event.ts';
import { type CommandSource, type DeploymentProperties, malformed, readProperties } from './read-properties.ts';
import { type ReadSecret, readSecrets, SecretError } from './read-secrets.ts';
import { type Attempt, type CommandResult, type ReadyCommand, runCommands } from './run-commands.ts';

export interface DeploymentContext {
  /** The declared caller, as in `deployment:settings`. */
  readonly caller: string;
  readonly environments: FrontEnvironments;
  readonly invokeRelay: InvokeRelay;
  readonly readSecret: ReadSecret;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A random number, at least 0 and less than 1. */
  random(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

export interface DeploymentRequest {
  readonly phase: Phase;
  readonly properties: unknown;
  /** Members of the properties that are allowed in addition. */
  readonly moreProperties?: readonly string[];
  /** What the keys of triggers begin with. Undefined: triggers are not allowed. */
  readonly identity: string | undefined;
  /** Of a deletion: how many commands of the failed creation ran. Undefined: all of them. */
  readonly created?: number | undefined;
  /** When the last command must have ended, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Of the request, for the log. The position of the command is added. */
  readonly requestId: string;
  readonly lambdaRequestId: string;
}

export interface DeploymentResult {
  readonly status: 'SUCCESS' | 'FAILED';
  /** Contains no secret. */
  readonly reason: string;
  /** How many commands have run, the one that failed only if it may have changed something. */
  readonly ran: number;
  readonly results: readonly CommandResult[];
}

/**
 * Runs the commands of one phase. All of them are parsed and authorized before the first one runs.
 *
 * @returns never throws: every error is a result
 */
export async function runDeployment(context: DeploymentContext, request: DeploymentRequest): Promise<DeploymentResult> {
  let mask: MaskValues = createMask([]);
  try {
    const properties = readProperties(request.properties, request.moreProperties);
    const identified = { caller: readCaller({ declared: context.caller }), source: { declared: context.caller } };
    if (request.phase === 'delete' && properties.onDelete.length === 0)
      return { status: 'SUCCESS', reason: 'There is nothing to undo.', ran: 0, results: [] };
    const environment = context.environments.get(properties.environment, identified.caller);
    const { commands, deletion } = readCommands(environment, properties, request);
    const names = new Set(commands.flatMap(({ template }) => template.names));
    const secrets = await readSecrets(context.readSecret, properties.values, names);
    mask = createMask(secrets.values());
    const ready = commands.map((command, index) =>
      inCommand(command.text, index, commands.length, () =>
        prepare(command, index, { environment, properties, request, secrets }),
      ),
    );
    const createRecord = (index: number): FrontRecord => ({
      requestId: `${request.requestId}.${index + 1}`,
      extendedRequestId: request.lambdaRequestId,
      lambdaRequestId: request.lambdaRequestId,
      route: DEPLOYMENT_ROUTE,
    });
    const authorize = (argv: readonly string[], index: number) => {
      const record = { ...createRecord(index), caller: identified.caller.label, environment: environment.name };
      const startedAt = context.now();
      try {
        const action = { kind: 'command', argv, format: 'json', uniqueId: randomUUID() } as const;
        prepareCommandRequest({ environment, identified, record }, action);
      } catch (error) {
        log(record, toProblem(error), startedAt, context.now());
        throw error;
      }
    };
    for (const [index, { argv, text }] of ready.entries())
      inCommand(text, index, commands.length, () => authorize(argv, index));
    for (const [index, { text, template }] of deletion.entries()) {
      if (template.names.length > 0) continue;
      inCommand(`OnDelete: ${text}`, index, deletion.length, () =>
        authorize(fillCommandTemplate(template, new Map()), index),
      );
    }
    const { results, ran, failure } = await runCommands(ready, {
      ...context,
      deadline: request.deadline,
      attempt: (command, deadline) =>
        send(context, environment, command, deadline, createRecord(ready.indexOf(command))),
    });
    if (failure === undefined) return { status: 'SUCCESS', reason: describeSuccess(results), ran, results };
    const { index, code, detail } = failure;
    const start = `${formatPosition(ready[index]!.text, index, ready.length)} ${failure.mayHaveRun ? 'may have run' : 'failed'} (${code}): `;
    const repeat = failure.mayHaveRun ? ` ${REPEAT}` : '';
    const reason = `${start}${toSentence(mask(detail))}${repeat} ${describeRan(results)}`;
    return { status: 'FAILED', reason, ran, results };
  } catch (error) {
    logUnexpectedError(error, request);
    return { status: 'FAILED', reason: `${describeError(error, mask)} Nothing ran.`, ran: 0, results: [] };
  }
}

const REPEAT = 'A new deployment repeats it, without a second effect.';

/** An error in one command, before anything ran. */
class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(text: string, index: number, count: number, cause: unknown) {
    super(formatPosition(text, index, count), { cause });
  }
}

function inCommand<Value>(text: string, index: number, count: number, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw new CommandError(text, index, count, error);
  }
}

/**
 * The commands of a phase, and those of the later deletion. These are checked at the creation and at each update: a stack whose deletion
 * fails stays.
 */
function readCommands(
  { catalog }: FrontEnvironment,
  { onCreate, onUpdate, onDelete, values }: DeploymentProperties,
  { phase, created }: DeploymentRequest,
): { readonly commands: readonly DeploymentCommand[]; readonly deletion: readonly DeploymentCommand[] } {
  const valueNames = Object.keys(values);
  const read = (list: string, sources: readonly CommandSource[]) =>
    sources.map((source, index) =>
      inCommand(`${list}: ${typeof source === 'string' ? source : source.join(' ')}`, index, sources.length, () =>
        readDeploymentCommand(catalog, source, valueNames),
      ),
    );
  const deletion = read('OnDelete', onDelete);
  if (phase === 'create') return { commands: read('OnCreate', onCreate), deletion };
  if (phase === 'update') return { commands: read('OnUpdate', onUpdate), deletion };
  return {
    commands: created === undefined ? deletion : chooseUndo(deletion, read('OnCreate', onCreate), created),
    deletion: [],
  };
}

interface PrepareContext {
  readonly environment: FrontEnvironment;
  readonly properties: DeploymentProperties;
  readonly request: DeploymentRequest;
  readonly secrets: ReadonlyMap<string, string>;
}

function prepare(
  { text, template, sampled, samples }: DeploymentCommand,
  index: number,
  { environment, properties, request, secrets }: PrepareContext,
): ReadyCommand {
  const { identity } = request;
  if (identity === undefined && isTrigger(sampled))
    throw malformed('A trigger needs Id, so that a repeat of the invocation is the same run.');
  const invocation = parseFilledTemplate(environment.catalog, template, secrets, samples);
  // Properties name secrets and do not contain them, so the key does not depend on a secret.
  const key = createHash('sha256').update(JSON.stringify([identity, properties.canonical, text, index]));
  return { text, argv: fillCommandTemplate(template, secrets), invocation, idempotencyKey: key.digest('hex') };
}

/** How long a command waits for a slot: until there is only time for itself. */
const COMMAND_MS = 30_000;

async function send(
  { caller, environments, invokeRelay, now }: DeploymentContext,
  { name }: FrontEnvironment,
  { argv, idempotencyKey }: ReadyCommand,
  deadline: number,
  record: FrontRecord,
): Promise<Attempt> {
  const startedAt = now();
  const waitMs = Math.max(0, deadline - startedAt - COMMAND_MS);
  try {
    const response = await runDeclaredCommand(
      { environments, invokeRelay, record },
      { caller, environment: name, argv, idempotencyKey, waitMs, slowWaitMs: waitMs, deadline },
    );
    const attempt = readResponse(response);
    record.status = response.statusCode;
    record.durationMs = Math.round(now() - startedAt);
    writeRequest(record, now());
    return attempt;
  } catch (error) {
    const problem = toProblem(error);
    log(record, problem, startedAt, now());
    const { retryAfterSeconds } = problem.data;
    return {
      kind: 'problem',
      code: problem.code,
      detail: problem.message,
      ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
    };
  }
}

function log(record: FrontRecord, problem: ReturnType<typeof toProblem>, startedAt: number, now: number): void {
  const error = describeInternalError(problem);
  Object.assign(record, describeRefusal(problem), {
    result: problem.code,
    status: PROBLEM_TYPES[problem.code].status,
    durationMs: Math.round(now - startedAt),
    ...(error === undefined ? {} : { error }),
  });
  writeRequest(record, now);
}

/** Reads the response of the relay: a result, or a problem. */
function readResponse({ statusCode, body, headers }: HttpResponse): Attempt {
  const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  const { outcome, runId, notes, type, detail, evidence, stdout, stderr } = (
    isJsonObject(value) ? value : {}
  ) as Record<string, unknown>;
  const streams =
    typeof stdout === 'string' && typeof stderr === 'string' ? { streams: { stdout, stderr } as const } : {};
  if (statusCode === 200 && (outcome === 'succeeded' || outcome === 'unverified'))
    return {
      kind: 'done',
      outcome,
      ...(typeof runId === 'string' ? { runId } : {}),
      ...(Array.isArray(notes) && notes.length > 0 ? { notes: notes.map(String) } : {}),
    };
  if (statusCode === 200)
    return {
      kind: 'problem',
      code: 'command-failed',
      detail: `The command failed in Airflow: ${String(evidence)}`,
      ...streams,
    };
  const name = typeof type === 'string' ? type.replace(PROBLEM_TYPE_PREFIX, '') : '';
  const retryAfter = Number(headers['retry-after'] ?? Number.NaN);
  return {
    kind: 'problem',
    code: Object.hasOwn(PROBLEM_TYPES, name) ? (name as ProblemCode) : 'outcome-unknown',
    detail: String(detail),
    ...streams,
    ...(Number.isNaN(retryAfter) ? {} : { retryAfterSeconds: retryAfter }),
  };
}

function logUnexpectedError(error: unknown, { requestId, lambdaRequestId }: DeploymentRequest): void {
  const cause = error instanceof CommandError ? error.cause : error;
  const description = cause instanceof SecretError ? undefined : describeInternalError(toProblem(cause));
  if (description !== undefined) writeLogLine({ deployment: 'error', requestId, lambdaRequestId, error: description });
}

function describeError(error: unknown, mask: MaskValues): string {
  if (error instanceof CommandError) return `${error.message}: ${describeError(error.cause, mask)}`;
  if (error instanceof SecretError) return toSentence(error.message);
  const problem = toProblem(error);
  const text =
    error instanceof Refusal || problem.code !== 'internal-error'
      ? problem.message
      : 'The function failed unexpectedly. Search its log.';
  return toSentence(mask(text));
}

const formatPosition = (text: string, index: number, count: number): string =>
  `Command ${index + 1} of ${count} (${text.length > 200 ? `${text.slice(0, 200)}…` : text})`;

function describeSuccess(results: readonly CommandResult[]): string {
  const unverified = results.filter(({ outcome }) => outcome === 'unverified').map(({ text }) => text);
  const start = results.length === 1 ? '1 command ran.' : `${results.length} commands ran.`;
  const noted = results.flatMap(({ text, notes = [] }) => notes.map((note) => `${text}: ${describeNote(note)}`));
  return [
    start,
    ...(unverified.length === 0 ? [] : [`Airflow does not show whether these succeeded: ${unverified.join('; ')}.`]),
    ...noted,
  ].join(' ');
}

/** A relay of another version may have others. */
const describeNote = (note: string): string =>
  Object.hasOwn(NOTE_TEXTS, note) ? NOTE_TEXTS[note as keyof typeof NOTE_TEXTS] : `${note}.`;

const describeRan = (results: readonly CommandResult[]): string =>
  results.length === 0
    ? 'No command ran before it.'
    : `${results.length === 1 ? 'Command 1' : `Commands 1 to ${results.length}`} ran before it.`;

const toSentence = (text: string): string => (/[.!?…*]$/.test(text) ? text : `${text}.`);
