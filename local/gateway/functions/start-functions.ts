/**
 * Lambda: runs the functions of a template. One process serves one invocation at a time and is kept for the next; at most
 * as many run at once as the function reserves, and what is beyond that is throttled (documented: Lambda developer guide,
 * "Concurrency", "Runtime environment lifecycle", "Errors").
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal, PrincipalStore } from '../../iam/principal-store.ts';
import type { LambdaFunction } from '../template/gateway-model.ts';
import type { StackLocation } from '../template/resource-identity.ts';
import { createFunctionEnvironment } from './function-environment.ts';
import type { Logs } from './logs.ts';
import type { FunctionError, NetworkRules } from './protocol.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

/** Documented quota of a synchronous invocation's payload, each way. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** An account's default (documented). */
const UNRESERVED_CONCURRENCY = 1000;

/** How an invocation ended, as the caller of Lambda's API learns it. */
export type InvokeResult =
  | { kind: 'success' }
  | { kind: 'function-error'; error: FunctionError }
  /** Lambda's API refused the call: nothing ran. */
  | { kind: 'rejected'; error: 'TooManyRequestsException' | 'RequestTooLargeException' };

/** Status of Lambda's API for a call it refuses. */
export const REJECTION_STATUS = { TooManyRequestsException: 429, RequestTooLargeException: 413 };

/** One call of a function. */
export interface InvokeInput {
  /** JSON. */
  event: string;
  /** As in `X-Amzn-Trace-Id`. */
  traceId: string;
}

export interface LocalFunctions {
  /** Invokes a function by logical id. Chunks arrive as the function writes them; a buffered one writes one. */
  invoke(logicalId: string, call: InvokeInput, onChunk: (data: Buffer) => void): Promise<InvokeResult>;
  /** The credentials each function runs with, by function name. */
  readonly principals: ReadonlyMap<string, Principal>;
  readonly controls: FunctionControls;
  /** Ends every process. */
  close(): Promise<void>;
}

/** What can be done to all functions from outside. */
export interface FunctionControls {
  /** Another network, for the processes there are and those to come. */
  setNetwork(table: NetworkRules['table']): void;
  /** Sends a signal to every process that runs an invocation. */
  signal(signal: 'SIGKILL' | 'SIGSTOP'): void;
  /** Whether invocations are refused as if the limit were reached: "Throttle" in Lambda's console. */
  setThrottled(on: boolean): void;
  /** Ends the processes that wait for an invocation: the next ones start anew, as after an idle time. */
  endIdle(): Promise<void>;
}

export interface FunctionsOptions {
  functions: ReadonlyMap<string, LambdaFunction>;
  location: StackLocation;
  principals: PrincipalStore;
  logs: Logs;
  /** `name:port` → `127.0.0.1:port`, or null. The same for every function. */
  network: NetworkRules['table'];
  caFile?: string;
}

export function startFunctions(options: FunctionsOptions): LocalFunctions {
  // A copy elsewhere, as Lambda unpacks one: beside the project a bundle would find modules it does not bring along.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'lambda-')));
  const pools = new Map<string, FunctionPool>();
  const principals = new Map<string, Principal>();
  for (const [logicalId, definition] of options.functions) {
    const taskRoot = join(root, logicalId);
    cpSync(definition.assetFolder, taskRoot, { recursive: true });
    const { partition, account } = options.location;
    const credentials = options.principals.issueCredentials(
      `arn:${partition}:sts::${account}:assumed-role/${definition.role.name}/${definition.name}`,
      definition.role.policies,
    );
    principals.set(definition.name, credentials);
    pools.set(logicalId, createFunctionPool(definition, { ...options, taskRoot, credentials }));
  }
  const everyPool = (act: (pool: FunctionPool) => unknown) => Promise.all([...pools.values()].map(act));
  return {
    principals,
    controls: {
      setNetwork: (table) => void everyPool((pool) => pool.setNetwork(table)),
      signal: (signal) => void everyPool((pool) => pool.signal(signal)),
      setThrottled: (on) => void everyPool((pool) => pool.setThrottled(on)),
      endIdle: async () => void (await everyPool((pool) => pool.endIdle())),
    },
    async invoke(logicalId, call, onChunk) {
      const pool = pools.get(logicalId);
      if (pool === undefined) throw new Error(`no function ${logicalId}`);
      return pool.invoke(call, onChunk);
    },
    async close() {
      await everyPool((pool) => pool.close());
      rmSync(root, { recursive: true, force: true });
    },
  };
}

interface FunctionPool extends FunctionControls {
  invoke(call: InvokeInput, onChunk: (data: Buffer) => void): Promise<InvokeResult>;
  close(): Promise<void>;
}

type FunctionPoolOptions = FunctionsOptions & { taskRoot: string; credentials: Principal };

function createFunctionPool(
  definition: LambdaFunction,
  { taskRoot, credentials, location, logs, network, caFile }: FunctionPoolOptions,
): FunctionPool {
  const limit = definition.reservedConcurrency ?? UNRESERVED_CONCURRENCY;
  const all = new Set<Sandbox>();
  const idle: Sandbox[] = [];
  let running = 0;
  let open = true;
  let throttled = false;
  let table = network;
  const write = (line: string) => {
    if (definition.canWriteLogs) logs.write(definition.logGroup, line);
  };

  return {
    async invoke(call, onChunk) {
      if (Buffer.byteLength(call.event) > MAX_PAYLOAD_BYTES)
        return { kind: 'rejected', error: 'RequestTooLargeException' };
      if (running >= limit || throttled || !open) return { kind: 'rejected', error: 'TooManyRequestsException' };
      running += 1;
      try {
        return await run(call, onChunk);
      } finally {
        running -= 1;
      }
    },
    setNetwork(next) {
      table = next;
      for (const sandbox of all) sandbox.setNetwork(next);
    },
    signal(signal) {
      for (const sandbox of all) if (!idle.includes(sandbox)) sandbox.signal(signal);
    },
    setThrottled(on) {
      throttled = on;
    },
    async endIdle() {
      const ended = idle.splice(0);
      for (const sandbox of ended) all.delete(sandbox);
      await Promise.all(ended.map((sandbox) => sandbox.kill()));
    },
    async close() {
      open = false;
      await Promise.all([...all].map((sandbox) => sandbox.kill()));
    },
  };

  function start(): Sandbox {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const logStream = `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
    const facts = {
      region: location.region,
      credentials,
      taskRoot,
      logStream,
      ...(caFile !== undefined && { caFile }),
    };
    write(`INIT_START Runtime Version: ${definition.runtime} (local, Node.js ${process.version})`);
    const sandbox = startSandbox({
      init: {
        kind: 'init',
        taskRoot,
        handler: definition.handler,
        network: { table, ...(definition.egress !== undefined && { egress: definition.egress }) },
      },
      environment: createFunctionEnvironment(definition, facts),
      memoryMb: definition.memoryMb,
      onLine: write,
    });
    all.add(sandbox);
    return sandbox;
  }

  async function run({ event, traceId }: InvokeInput, onChunk: (data: Buffer) => void): Promise<InvokeResult> {
    const requestId = randomUUID();
    const asked = performance.now();
    const kept = idle.pop();
    const warm = kept?.alive === true ? kept : undefined;
    const sandbox = warm ?? start();
    const initError = await sandbox.ready;
    const begun = performance.now();
    write(`START RequestId: ${requestId} Version: $LATEST`);
    if (initError !== undefined) {
      all.delete(sandbox);
      write(`${new Date().toISOString()} ${requestId} ${initError.errorType}: ${initError.errorMessage}`);
      write(`END RequestId: ${requestId}`);
      return { kind: 'function-error', error: initError };
    }
    const { error, timedOut, maxMemoryMb } = await sandbox.invoke(
      {
        kind: 'invoke',
        requestId,
        event,
        deadline: Date.now() + definition.timeoutMs,
        functionArn: definition.arn,
        traceId,
      },
      definition.timeoutMs,
      onChunk,
    );
    if (error !== undefined && !sandbox.alive) write(`${new Date().toISOString()} ${error.errorMessage}`);
    const duration = (performance.now() - begun).toFixed(2);
    write(`END RequestId: ${requestId}`);
    write(
      [
        `REPORT RequestId: ${requestId}`,
        `Duration: ${duration} ms`,
        `Billed Duration: ${Math.ceil(Number(duration))} ms`,
        `Memory Size: ${definition.memoryMb} MB`,
        `Max Memory Used: ${maxMemoryMb} MB`,
        ...(warm === undefined ? [`Init Duration: ${(begun - asked).toFixed(2)} ms`] : []),
        ...(timedOut ? ['Status: timeout'] : []),
      ].join('\t'),
    );
    if (sandbox.alive) idle.push(sandbox);
    else all.delete(sandbox);
    return error === undefined ? { kind: 'success' } : { kind: 'function-error', error };
  }
}
