import type { Catalog, Command, OperationSummary } from '../catalog.ts';
import type { Operation, OperationCatalog } from './operation.ts';
import { createOperationCommand } from './operation-command.ts';
import { findOperationFacts } from './operation-facts.ts';

/** The operations of one release, each with its command. */
export interface RestCatalog extends OperationCatalog {
  readonly commands: ReadonlyMap<Operation, Command>;
}

export const createRestCatalog = (operations: OperationCatalog): RestCatalog => ({
  ...operations,
  commands: new Map(
    operations.operations.map((operation) => [
      operation,
      createOperationCommand(operations, operation, summarize(operation)),
    ]),
  ),
});

/** An operation that nobody has classified is in no set, and is not repeated. */
function summarize({ method, path }: Operation): OperationSummary {
  const { effects = [], beyond } = findOperationFacts(method, path) ?? {};
  return { effects, ...(beyond === undefined ? {} : { beyond }) };
}

const isOffered = (method: string, path: string): boolean => findOperationFacts(method, path)?.notOffered === undefined;

/** The catalog for the rules of an environment that offers REST operations. */
export const addOperations = (catalog: Catalog, { commands }: RestCatalog): Catalog => ({
  ...catalog,
  operations: [...commands.values()].filter(({ path: [, method = '', path = ''] }) => isOffered(method, path)),
});
