import { randomUUID } from 'node:crypto';
import { isTrigger } from '../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import type { RelayCommand } from '../../contract/relay-request.ts';
import { readCaller } from '../event/caller-from-event.ts';
import type { HttpResponse } from '../event/http-response.ts';
import type { FrontEnvironments } from './front-environments.ts';
import type { FrontRecord } from './front-log.ts';
import { prepareCommandRequest } from './prepare-command-request.ts';
import type { InvokeRelay, QueueLimits, RelayTarget } from './queue/create-invoke-relay.ts';
import { relayRequest } from './relay-request.ts';

/** A command of a caller that the configuration declares. */
export interface DeclaredCommand extends QueueLimits {
  /** As in `event:landing`. */
  readonly caller: string;
  readonly environment: string;
  /** Words of the command, without the leading `airflow`. */
  readonly argv: readonly string[];
  /** What makes two commands the same command. A trigger has it as its idempotency key; other commands ignore it. */
  readonly idempotencyKey: string;
}

export interface DeclaredCommandContext {
  readonly environments: FrontEnvironments;
  readonly invokeRelay: InvokeRelay;
  /** Selects the relay of an environment. Default: the one that serves people. */
  readonly selectRelay?: (environment: string) => RelayTarget;
  readonly record: FrontRecord;
}

/**
 * Runs a command of a declared caller, like a request to the API: parse, authorize, wait for a slot, relay.
 *
 * @throws Problem, Refusal
 */
export async function runDeclaredCommand(
  { environments, invokeRelay, selectRelay, record }: DeclaredCommandContext,
  { caller: declared, environment: name, argv, idempotencyKey, ...limits }: DeclaredCommand,
): Promise<HttpResponse> {
  const source = { declared };
  const identified = { caller: readCaller(source), source };
  record.caller = identified.caller.label;
  const environment = environments.get(name, identified.caller);
  record.environment = environment.name;
  const action: RelayCommand = {
    kind: 'command',
    argv,
    format: 'json',
    uniqueId: randomUUID(),
    ...(isTrigger(parseInvocation(environment.catalog, argv)) ? { idempotencyKey } : {}),
  };
  const prepared = prepareCommandRequest({ environment, identified, record }, action);
  const relay = selectRelay?.(name) ?? { functionName: environment.relay, slots: environment.slots };
  return relayRequest({ ...limits, ...prepared, invokeRelay, environment, relay, identified, record });
}
