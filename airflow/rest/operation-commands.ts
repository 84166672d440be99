import type { Catalog } from '../catalog.ts';
import { type CoveringCommand, renderMeaning } from './command-meaning.ts';
import { OPERATION_MAPPINGS } from './operation-mappings.ts';
import type { OperationCall } from './parse-call.ts';
import { readCall } from './read-call.ts';

/**
 * The command that shows and changes at least as much as a call, in the words of the release. Whoever may run the command may
 * make the call. It is for the decision alone: nobody runs it.
 *
 * Every query parameter and every member of the body must be accounted for: as an argument of the command, or because it only selects or
 * orders what the command shows.
 *
 * @returns undefined if no command covers the call. `OperationFacts.beyond` says what it shows or changes beyond commands
 */
export function findCoveringCommand(call: OperationCall, catalog: Catalog): CoveringCommand | undefined {
  const name = `${call.operation.method} ${call.operation.path}`;
  const map = Object.hasOwn(OPERATION_MAPPINGS, name) ? OPERATION_MAPPINGS[name] : undefined;
  const reader = readCall(call);
  if (map === undefined || reader === undefined) return undefined;
  reader.accept('limit', 'offset', 'cursor');
  const meaning = map(reader, catalog);
  if (meaning === undefined || !reader.isComplete()) return undefined;
  return renderMeaning(catalog, meaning);
}
