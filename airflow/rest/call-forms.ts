import type { Catalog } from '../catalog.ts';
import type { Invocation } from '../invocation.ts';
import { parseInvocation } from '../parse-invocation.ts';
import { Refusal } from '../refusal.ts';
import { toOperationInvocation } from './operation-command.ts';
import { findCommandArgv } from './operation-commands.ts';
import type { OperationCall } from './parse-call.ts';
import type { RestCatalog } from './rest-catalog.ts';

/** The forms as which a call can be granted: its operation and, if there is one, the command that does the same. */
export function createCallForms(
  catalog: Catalog,
  { commands }: RestCatalog,
  call: OperationCall,
): readonly [Invocation, ...Invocation[]] {
  const command = findCommand(catalog, call);
  return [toOperationInvocation(commands.get(call.operation)!, call), ...(command === undefined ? [] : [command])];
}

/** The command that does the same as a call. One that the release would not accept cannot be granted either. */
function findCommand(catalog: Catalog, call: OperationCall): Invocation | undefined {
  const argv = findCommandArgv(call, catalog);
  try {
    return argv && parseInvocation(catalog, argv);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
