/** Lambda: runs the functions of a template, each in processes of its own. */
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal, PrincipalStore } from '../../iam/principal-store.ts';
import type { LambdaFunction } from '../template/gateway-model.ts';
import type { StackLocation } from '../template/resource-identity.ts';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';
import type { FunctionControls, FunctionStatistics, InvokeInput, InvokeResult } from './lambda-api.ts';
import { createStartLimit } from './limit-starts.ts';
import type { Logs } from './logs.ts';
import type { NetworkRules } from './protocol.ts';

export interface LocalFunctions {
  /**
   * Invokes a function by its logical id. Calls `onChunk` with each part of the response: as a streaming function writes it, or once
   * for a buffered response.
   */
  invoke(logicalId: string, input: InvokeInput, onChunk: (data: Buffer) => void): Promise<InvokeResult>;
  /** What has happened to the invocations of a function, by its logical id. */
  getStatistics(logicalId: string): FunctionStatistics;
  /** The credentials of each function's role, by function name. */
  readonly principals: ReadonlyMap<string, Principal>;
  /** Controls all functions. */
  readonly controls: FunctionControls;
  /** Ends every process. */
  close(): Promise<void>;
}

export interface FunctionsOptions {
  functions: ReadonlyMap<string, LambdaFunction>;
  location: StackLocation;
  principals: PrincipalStore;
  logs: Logs;
  /** The network of every function: `name:port` → `127.0.0.1:port`, or null. */
  network: NetworkRules['table'];
  /** Hosts that only functions outside a VPC reach, in addition to `network`. */
  publicNetwork?: NetworkRules['table'];
  caFile?: string;
}

export function startFunctions(options: FunctionsOptions): LocalFunctions {
  const { partition, account, region } = options.location;
  // A copy outside the project, as Lambda unpacks the asset: in the project a bundle would find modules that it does not contain.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'lambda-')));
  const pools = new Map<string, FunctionPool>();
  const limitStarts = createStartLimit();
  const principals = new Map<string, Principal>();
  for (const [logicalId, definition] of options.functions) {
    const taskRoot = join(root, logicalId);
    cpSync(definition.assetFolder, taskRoot, { recursive: true });
    const credentials = options.principals.issueCredentials(
      `arn:${partition}:sts::${account}:assumed-role/${definition.role.name}/${definition.name}`,
      definition.role.policies,
      { roleArn: definition.role.arn },
    );
    principals.set(definition.name, credentials);
    const { logs, caFile } = options;
    const network = createNetwork(definition, options.network);
    pools.set(
      logicalId,
      createFunctionPool({ definition, taskRoot, region, credentials, logs, network, caFile, limitStarts }),
    );
  }
  const getPool = (logicalId: string): FunctionPool => {
    const pool = pools.get(logicalId);
    if (pool === undefined) throw new Error(`The template has no function ${logicalId}.`);
    return pool;
  };
  /** What a table lists takes precedence over the public network. */
  function createNetwork({ egress }: LambdaFunction, table: NetworkRules['table']): NetworkRules['table'] {
    return egress === undefined ? { ...options.publicNetwork, ...table } : table;
  }
  const listPools = (functionName?: string): FunctionPool[] =>
    [...options.functions].flatMap(([logicalId, { name }]) =>
      functionName === undefined || functionName === name ? [getPool(logicalId)] : [],
    );
  const forEachPool = (action: (pool: FunctionPool) => unknown) => Promise.all([...pools.values()].map(action));
  return {
    principals,
    controls: {
      setNetwork(table) {
        for (const [logicalId, definition] of options.functions)
          getPool(logicalId).setNetwork(createNetwork(definition, table));
      },
      signal: (signal, functionName) => {
        for (const pool of listPools(functionName)) pool.signal(signal);
      },
      setThrottled: (on, functionName) => {
        for (const pool of listPools(functionName)) pool.setThrottled(on);
      },
      endIdle: async () => void (await forEachPool((pool) => pool.endIdle())),
    },
    async invoke(logicalId, input, onChunk) {
      return getPool(logicalId).invoke(input, onChunk);
    },
    getStatistics: (logicalId) => getPool(logicalId).statistics,
    async close() {
      await forEachPool((pool) => pool.close());
      rmSync(root, { recursive: true, force: true });
    },
  };
}
