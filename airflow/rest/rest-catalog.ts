import type { Catalog, Command, OperationSummary } from '../catalog.ts';
import type { Operation, OperationCatalog } from './operation.ts';
import { createOperationCommand } from './operation-command.ts';
import { findOperationFacts, getRoleNeeded } from './operation-facts.ts';

/** The operations of one release, each with its command. */
export interface RestCatalog extends OperationCatalog {
  readonly commands: ReadonlyMap<Operation, Command>;
}

export const createRestCatalog = (operations: OperationCatalog): RestCatalog => ({
  ...operations,
  commands: new Map(
    operations.operations.map((operation) => [
      operation,
      createOperationCommand(operations, operation, summarize(operation, operations.airflow)),
    ]),
  ),
});

/** An operation that nobody has classified is in no set, and is not repeated. */
function summarize({ method, path }: Operation, airflow: string): OperationSummary {
  const facts = findOperationFacts(method, path);
  const { effects = [], beyond } = facts ?? {};
  const role = facts && getRoleNeeded(facts, airflow);
  return {
    needsAdmin: role === undefined || role === 'Admin' || role === 'none',
    effects,
    ...(beyond === undefined ? {} : { beyond }),
  };
}

/** The catalog for the rules of an environment that offers REST operations. */
export function addOperations(catalog: Catalog, { commands }: RestCatalog): Catalog {
  const all = [...commands].map(([{ method, path }, command]) => {
    const reason = findOperationFacts(method, path)?.notOffered;
    return { method, path, command, reason };
  });
  return {
    ...catalog,
    operations: all.flatMap(({ command, reason }) => (reason === undefined ? [command] : [])),
    operationsNotOffered: all.flatMap(({ method, path, reason }) =>
      reason === undefined ? [] : [{ method, path, reason }],
    ),
  };
}
