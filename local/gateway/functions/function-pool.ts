/**
 * The execution environments of one function. One process serves one invocation at a time and is kept for the next. The
 * reserved concurrency limits the number of processes; Lambda throttles further invocations (documented: Lambda developer guide,
 * "Concurrency", "Runtime environment lifecycle", "Errors"). It also limits the rate, to ten times the concurrency a second
 * (documented: "Lambda quotas", "Invoking Lambda function URLs").
 *
 * Assumed: the rate counts every invocation, throttled ones too, in any period of one second, and is checked before the concurrency.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal } from '../../iam/principal-store.ts';
import type { LambdaFunction } from '../template/gateway-model.ts';
import { createFunctionEnvironment } from './function-environment.ts';
import {
  type FunctionControls,
  type FunctionStatistics,
  type InvokeInput,
  type InvokeResult,
  MAX_PAYLOAD_BYTES,
  type ThrottleReason,
} from './lambda-api.ts';
import type { LimitStarts } from './limit-starts.ts';
import type { Logs } from './logs.ts';
import type { InvokeMessage, NetworkRules } from './protocol.ts';
import { type Sandbox, type SandboxResult, startSandbox } from './sandbox.ts';

/** The default concurrency of an account (documented). */
const UNRESERVED_CONCURRENCY = 1000;
/** Invocations a second for each unit of concurrency (documented). */
const INVOCATIONS_PER_SECOND = 10;

export interface FunctionPoolOptions {
  readonly definition: LambdaFunction;
  /** Folder of the function's code. */
  readonly taskRoot: string;
  readonly region: string;
  /** The credentials of the function's role. */
  readonly credentials: Principal;
  readonly logs: Logs;
  readonly network: NetworkRules['table'];
  /** PEM file of certificate authorities that the function trusts in addition to Node's. */
  readonly caFile?: string | undefined;
  /** Shared by all functions. */
  readonly limitStarts: LimitStarts;
}

export interface FunctionPool extends FunctionControls {
  readonly statistics: FunctionStatistics;
  /** Runs one invocation. Calls `onChunk` with each part of the response. */
  invoke(input: InvokeInput, onChunk: (data: Buffer) => void): Promise<InvokeResult>;
  /** Ends every process. */
  close(): Promise<void>;
}

export function createFunctionPool(options: FunctionPoolOptions): FunctionPool {
  const { definition, logs } = options;
  const limit = definition.reservedConcurrency ?? UNRESERVED_CONCURRENCY;
  const sandboxes = new Set<Sandbox>();
  const idle: Sandbox[] = [];
  const throttled: Partial<Record<ThrottleReason, number>> = {};
  /** When the invocations of the last second arrived, in milliseconds. */
  const arrivals: number[] = [];
  let invocations = 0;
  let running = 0;
  let maxRunning = 0;
  let isClosed = false;
  let isThrottled = false;
  let network = options.network;
  const log = (line: string) => {
    if (definition.canWriteLogs) logs.write(definition.logGroup, line);
  };

  /** Returns an idle execution environment that is still alive, or a new one that is ready. */
  async function acquireSandbox(): Promise<{ sandbox: Sandbox; initMs?: number }> {
    const idleSandbox = idle.pop();
    if (idleSandbox?.alive) return { sandbox: idleSandbox };
    return options.limitStarts(async () => {
      if (isClosed) throw new Error('The functions are being stopped.');
      const startedAt = performance.now();
      log(`INIT_START Runtime Version: ${definition.runtime} (local, Node.js ${process.version})`);
      const sandbox = startFunctionSandbox(options, network, log);
      sandboxes.add(sandbox);
      await sandbox.ready;
      return { sandbox, initMs: performance.now() - startedAt };
    });
  }

  async function run(input: InvokeInput, onChunk: (data: Buffer) => void): Promise<InvokeResult> {
    const { requestId = randomUUID() } = input;
    const { sandbox, initMs } = await acquireSandbox();
    const initError = await sandbox.ready;
    const startedAt = performance.now();
    log(`START RequestId: ${requestId} Version: $LATEST`);
    if (initError !== undefined) {
      sandboxes.delete(sandbox);
      log(`${new Date().toISOString()} ${requestId} ${initError.errorType}: ${initError.errorMessage}`);
      log(`END RequestId: ${requestId}`);
      return { kind: 'function-error', error: initError };
    }
    const message = createInvokeMessage(definition, requestId, input);
    const result = await sandbox.invoke(message, definition.timeoutMs, onChunk);
    const { error } = result;
    if (error !== undefined && !sandbox.alive) log(`${new Date().toISOString()} ${error.errorMessage}`);
    log(`END RequestId: ${requestId}`);
    log(
      formatReport(definition, requestId, result, {
        durationMs: performance.now() - startedAt,
        initMs,
      }),
    );
    if (sandbox.alive) idle.push(sandbox);
    else sandboxes.delete(sandbox);
    return error === undefined ? { kind: 'success' } : { kind: 'function-error', error };
  }

  /** Counts an invocation. Returns why Lambda throttles it, or undefined. */
  function findThrottleReason(): ThrottleReason | undefined {
    const now = performance.now();
    while (arrivals[0] !== undefined && arrivals[0] <= now - 1000) arrivals.shift();
    arrivals.push(now);
    const isReserved = definition.reservedConcurrency !== undefined;
    const currentLimit = isThrottled || isClosed ? 0 : limit;
    if (currentLimit > 0 && arrivals.length > currentLimit * INVOCATIONS_PER_SECOND)
      return isReserved ? 'ReservedFunctionInvocationRateLimitExceeded' : 'FunctionInvocationRateLimitExceeded';
    if (running < currentLimit) return undefined;
    return isReserved || isThrottled
      ? 'ReservedFunctionConcurrentInvocationLimitExceeded'
      : 'ConcurrentInvocationLimitExceeded';
  }

  return {
    get statistics() {
      return { invocations, throttled: { ...throttled }, running, maxRunning };
    },
    async invoke(input, onChunk) {
      if (Buffer.byteLength(input.event) > MAX_PAYLOAD_BYTES)
        return { kind: 'rejected', error: 'RequestTooLargeException' };
      const reason = findThrottleReason();
      if (reason !== undefined) {
        throttled[reason] = (throttled[reason] ?? 0) + 1;
        return { kind: 'rejected', error: 'TooManyRequestsException', reason };
      }
      invocations += 1;
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      try {
        return await run(input, onChunk);
      } finally {
        running -= 1;
      }
    },
    setNetwork(table) {
      network = table;
      for (const sandbox of sandboxes) sandbox.setNetwork(table);
    },
    signal(signal) {
      for (const sandbox of sandboxes) if (!idle.includes(sandbox)) sandbox.signal(signal);
    },
    setThrottled(on) {
      isThrottled = on;
    },
    async endIdle() {
      const ended = idle.splice(0);
      for (const sandbox of ended) sandboxes.delete(sandbox);
      await Promise.all(ended.map((sandbox) => sandbox.kill()));
    },
    async close() {
      isClosed = true;
      await Promise.all([...sandboxes].map((sandbox) => sandbox.kill()));
    },
  };
}

function startFunctionSandbox(
  { definition, taskRoot, region, credentials, caFile }: FunctionPoolOptions,
  table: NetworkRules['table'],
  onLine: (line: string) => void,
): Sandbox {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  const logStream = `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
  return startSandbox({
    init: {
      kind: 'init',
      taskRoot,
      handler: definition.handler,
      network: { table, ...(definition.egress !== undefined && { egress: definition.egress }) },
    },
    environment: createFunctionEnvironment(definition, {
      region,
      credentials,
      taskRoot,
      logStream,
      ...(caFile !== undefined && { caFile }),
    }),
    memoryMb: definition.memoryMb,
    onLine,
  });
}

const createInvokeMessage = (
  { timeoutMs, arn }: LambdaFunction,
  requestId: string,
  { event, traceId }: InvokeInput,
): InvokeMessage => ({
  kind: 'invoke',
  requestId,
  event,
  deadline: Date.now() + timeoutMs,
  functionArn: arn,
  traceId,
});

/** The REPORT line, as Lambda writes it. `initMs` is present for a cold start. */
function formatReport(
  { memoryMb }: LambdaFunction,
  requestId: string,
  { timedOut, maxMemoryMb }: SandboxResult,
  { durationMs, initMs }: { durationMs: number; initMs: number | undefined },
): string {
  const duration = durationMs.toFixed(2);
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${duration} ms`,
    `Billed Duration: ${Math.ceil(Number(duration))} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${maxMemoryMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(timedOut ? ['Status: timeout'] : []),
  ].join('\t');
}
