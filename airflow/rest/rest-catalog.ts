import type { Catalog, Command } from '../catalog.ts';
import type { Operation, OperationCatalog } from './operation.ts';
import { createOperationCommand } from './operation-command.ts';

/** The operations of one release, each with its command. */
export interface RestCatalog extends OperationCatalog {
  readonly commands: ReadonlyMap<Operation, Command>;
}

export const createRestCatalog = (operations: OperationCatalog): RestCatalog => ({
  ...operations,
  commands: new Map(
    operations.operations.map((operation) => [operation, createOperationCommand(operations, operation)]),
  ),
});

/** The catalog for the rules of an environment that offers REST operations. */
export const addOperations = (catalog: Catalog, { commands }: RestCatalog): Catalog => ({
  ...catalog,
  operations: [...commands.values()],
});
