import type { Catalog } from '../catalog.ts';
import type { Invocation } from '../invocation.ts';
import { toOperationInvocation } from './operation-command.ts';
import { findCoveringCommand } from './operation-commands.ts';
import type { OperationCall } from './parse-call.ts';
import type { RestCatalog } from './rest-catalog.ts';

/** The forms as which a call can be granted: its operation and, if there is one, the command that does the same. */
export function createCallForms(
  catalog: Catalog,
  { commands }: RestCatalog,
  call: OperationCall,
): readonly [Invocation, ...Invocation[]] {
  const command = findCoveringCommand(call, catalog)?.invocation;
  return [toOperationInvocation(commands.get(call.operation)!, call), ...(command === undefined ? [] : [command])];
}
