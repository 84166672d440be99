/**
 * The process of one execution environment: does what Lambda's Node.js runtime does (documented: Lambda developer guide, "Building
 * Lambda functions with Node.js", "Lambda runtime environment"). `sandbox.ts` starts it and sends everything over IPC, so that the
 * environment variables are exactly those of a Lambda function.
 *
 * Assumed: a streaming handler that returns without ending its stream, while the event loop is empty, fails with
 * `Runtime.TruncatedResponse`.
 */
import { finished } from 'node:stream/promises';
import { installConsole } from './install-console.ts';
import { installNetwork } from './install-network.ts';
import { type FunctionHandler, loadHandler, RuntimeError } from './load-handler.ts';
import { readPeakMemoryMb } from './peak-memory.ts';
import {
  type FunctionError,
  formatEndMarker,
  type InvokeMessage,
  type MessageFromRuntime,
  type MessageToRuntime,
  type NetworkRules,
} from './protocol.ts';
import { awslambda, ResponseStream, STREAMING } from './response-stream.ts';

const channel = process.channel;
const send = (message: MessageFromRuntime, then?: () => void) => sendToParent(message, then);
const sendToParent = process.send?.bind(process) as (message: MessageFromRuntime, then?: () => void) => void;
const writeStdout = process.stdout.write.bind(process.stdout);
const writeStderr = process.stderr.write.bind(process.stderr);
// In Lambda a function has no parent process.
process.send = undefined;

let handler: FunctionHandler | undefined;
let setNetwork: (table: NetworkRules['table']) => void = () => {};
let currentInvoke: InvokeMessage | undefined;

installConsole(() => currentInvoke?.requestId);
Object.assign(globalThis, { awslambda });
process.on('disconnect', () => process.exit());
process.on('message', (message: MessageToRuntime) => {
  if (message.kind === 'invoke') void runInvocation(message);
  else if (message.kind === 'set-network') setNetwork(message.table);
  else
    void initialize(message.taskRoot, message.handler, () => {
      setNetwork = installNetwork(message.network);
    }).then(
      () => send({ kind: 'ready' }),
      (error) => send({ kind: 'init-error', error: reportError('Uncaught Exception', error) }, () => process.exit(1)),
    );
});
process.on('uncaughtException', (error) => exitWithError('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeError('UnhandledPromiseRejection', String(reason), { cause: reason });
  exitWithError('Unhandled Promise Rejection', error, 128);
});
process.on('beforeExit', () => {
  // The event loop is empty, but the handler has not returned: it waits for a promise that nothing will settle.
  if (currentInvoke === undefined) return;
  const error = isStreamingHandler(handler)
    ? new RuntimeError('TruncatedResponse', 'Response stream is not finished.')
    : new RuntimeError('NodeJsExit', 'The event loop is empty and the handler has not returned.');
  endInvocation(currentInvoke.requestId, reportError('Invoke Error', error));
});

async function initialize(taskRoot: string, name: string, prepareNetwork: () => void): Promise<void> {
  prepareNetwork();
  handler = await loadHandler(taskRoot, name);
  if (!isStreamingHandler(handler) && handler.length >= 3 && handler.constructor.name !== 'AsyncFunction') {
    throw new RuntimeError(
      'CallbackHandlerDeprecated',
      'Callback handlers ended with Node.js 22: use an async handler.',
    );
  }
}

function isStreamingHandler(candidate: FunctionHandler | undefined): boolean {
  return (candidate as { [STREAMING]?: unknown } | undefined)?.[STREAMING] === 'response';
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function';
}

async function runInvocation(message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  currentInvoke = message;
  process.env._X_AMZN_TRACE_ID = message.traceId;
  // While a handler runs, only its own work may keep the process alive.
  channel?.unref();
  const sendChunk = (data: Uint8Array) => send({ kind: 'chunk', requestId, data });
  try {
    if (handler === undefined) throw new RuntimeError('HandlerNotFound', 'no handler is loaded');
    const event: unknown = JSON.parse(message.event);
    if (isStreamingHandler(handler)) {
      const stream = new ResponseStream(sendChunk);
      const result = handler(event, stream, createContext(message));
      if (!isPromise(result)) throw new Error('Streaming does not support non-async handlers.');
      if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
      await finished(stream);
    } else {
      const result = await handler(event, createContext(message));
      sendChunk(Buffer.from(JSON.stringify(result ?? null)));
    }
    endInvocation(requestId);
  } catch (error) {
    endInvocation(requestId, reportError('Invoke Error', error));
  }
}

/** Ends the invocation. With `exit`, also exits the process with this status after the result has been sent. */
function endInvocation(requestId: string, error?: FunctionError, exit?: number): void {
  if (currentInvoke?.requestId !== requestId) return;
  currentInvoke = undefined;
  channel?.ref();
  writeStdout(`${formatEndMarker(requestId)}\n`);
  writeStderr(`${formatEndMarker(requestId)}\n`);
  const maxMemoryMb = Math.round(readPeakMemoryMb());
  const last = exit !== undefined;
  send({ kind: 'done', requestId, maxMemoryMb, last, ...(error !== undefined && { error }) }, () => {
    if (last) process.exit(exit);
  });
}

function exitWithError(label: string, error: unknown, status: number): void {
  const functionError = reportError(label, error);
  if (currentInvoke === undefined) process.exit(status);
  endInvocation(currentInvoke.requestId, functionError, status);
}

/** Logs an error as the runtime does, and returns what Lambda reports to the caller. */
function reportError(label: string, error: unknown): FunctionError {
  const functionError =
    error instanceof Error
      ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
      : { errorType: typeof error, errorMessage: String(error), trace: [] };
  const code = error instanceof Error && 'code' in error ? { code: error.code } : {};
  const { trace: stack, ...rest } = functionError;
  console.error(`${label} \t${JSON.stringify({ ...rest, ...code, stack })}`);
  return functionError;
}

function createContext({ requestId, deadline, functionArn }: InvokeMessage): Record<string, unknown> {
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
