/**
 * One execution environment of a Lambda function: a process that does what Lambda's Node runtime does (documented: Lambda
 * developer guide, "Building Lambda functions with Node.js", "Lambda runtime environment"). Started by `sandbox.ts`, told
 * everything over IPC, so that the environment holds what a function's environment holds and nothing else.
 *
 * Assumed: a streaming handler that returns without ending its stream, with nothing left to wait for, is an error
 * `Runtime.TruncatedResponse`.
 */
import { finished } from 'node:stream/promises';
import { installConsole } from './console-lines.ts';
import { type Handler, loadHandler, RuntimeFault } from './handler-loading.ts';
import { installNetwork } from './network.ts';
import {
  type FromFunction,
  type FunctionError,
  type Invoke,
  lastLineOf,
  type NetworkRules,
  type ToFunction,
} from './protocol.ts';
import { awslambda, ResponseStream, STREAMING } from './response-stream.ts';

const channel = process.channel;
const send = (message: FromFunction, then?: () => void) => tell(message, then);
const tell = process.send?.bind(process) as (message: FromFunction, then?: () => void) => void;
const writeOut = process.stdout.write.bind(process.stdout);
const writeErr = process.stderr.write.bind(process.stderr);
// A function has no parent to talk to.
process.send = undefined;

let handler: Handler | undefined;
let reroute: (table: NetworkRules['table']) => void = () => {};
let current: Invoke | undefined;

installConsole(() => current?.requestId);
Object.assign(globalThis, { awslambda });
process.on('disconnect', () => process.exit());
process.on('message', (message: ToFunction) => {
  if (message.kind === 'invoke') void invoke(message);
  else if (message.kind === 'reroute') reroute(message.table);
  else
    void init(message.taskRoot, message.handler, () => {
      reroute = installNetwork(message.network);
    }).then(
      () => send({ kind: 'ready' }),
      (error) => send({ kind: 'init-error', error: report('Uncaught Exception', error) }, () => process.exit(1)),
    );
});
process.on('uncaughtException', (error) => die('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) => {
  const fault = new RuntimeFault('UnhandledPromiseRejection', String(reason), { cause: reason });
  die('Unhandled Promise Rejection', fault, 128);
});
process.on('beforeExit', () => {
  // Nothing is left to do and no answer was given: a promise that nobody will settle.
  if (current === undefined) return;
  const fault = isStreaming(handler)
    ? new RuntimeFault('TruncatedResponse', 'Response stream is not finished.')
    : new RuntimeFault('NodeJsExit', 'The event loop is empty and the handler has not answered.');
  end(current.requestId, report('Invoke Error', fault));
});

async function init(taskRoot: string, name: string, prepare: () => void): Promise<void> {
  prepare();
  handler = await loadHandler(taskRoot, name);
  if (!isStreaming(handler) && handler.length >= 3 && handler.constructor.name !== 'AsyncFunction') {
    throw new RuntimeFault(
      'CallbackHandlerDeprecated',
      'Callback handlers ended with Node.js 22: use an async handler.',
    );
  }
}

function isStreaming(candidate: Handler | undefined): boolean {
  return (candidate as { [STREAMING]?: unknown } | undefined)?.[STREAMING] === 'response';
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function';
}

async function invoke(message: Invoke): Promise<void> {
  const { requestId } = message;
  current = message;
  process.env._X_AMZN_TRACE_ID = message.traceId;
  // While a handler runs, only what it does itself may keep the process alive.
  channel?.unref();
  const sendChunk = (data: Uint8Array) => send({ kind: 'chunk', requestId, data });
  try {
    if (handler === undefined) throw new RuntimeFault('HandlerNotFound', 'no handler is loaded');
    const event: unknown = JSON.parse(message.event);
    if (isStreaming(handler)) {
      const stream = new ResponseStream(sendChunk);
      const result = handler(event, stream, contextOf(message));
      if (!isPromise(result)) throw new Error('Streaming does not support non-async handlers.');
      if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
      await finished(stream);
    } else {
      const result = await handler(event, contextOf(message));
      sendChunk(Buffer.from(JSON.stringify(result ?? null)));
    }
    end(requestId);
  } catch (error) {
    end(requestId, report('Invoke Error', error));
  }
}

/** `exit`: status to end the process with, after the answer is out. */
function end(requestId: string, error?: FunctionError, exit?: number): void {
  if (current?.requestId !== requestId) return;
  current = undefined;
  channel?.ref();
  writeOut(`${lastLineOf(requestId)}\n`);
  writeErr(`${lastLineOf(requestId)}\n`);
  const maxMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const last = exit !== undefined;
  send({ kind: 'done', requestId, maxMemoryMb, last, ...(error !== undefined && { error }) }, () => {
    if (last) process.exit(exit);
  });
}

function die(what: string, error: unknown, status: number): void {
  const described = report(what, error);
  if (current === undefined) process.exit(status);
  end(current.requestId, described, status);
}

/** Writes the line the runtime writes, and gives what it reports. */
function report(what: string, error: unknown): FunctionError {
  const described =
    error instanceof Error
      ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
      : { errorType: typeof error, errorMessage: String(error), trace: [] };
  const code = error instanceof Error && 'code' in error ? { code: error.code } : {};
  const { trace: stack, ...rest } = described;
  console.error(`${what} \t${JSON.stringify({ ...rest, ...code, stack })}`);
  return described;
}

function contextOf({ requestId, deadline, functionArn }: Invoke): Record<string, unknown> {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: functionArn,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}
