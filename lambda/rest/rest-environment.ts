import { addOperations, createRestCatalog, type RestCatalog } from '../../airflow/rest/rest-catalog.ts';
import type { RestFile } from '../../config/rest-file.ts';
import { REST_FUNCTION } from '../../contract/function-names.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import { readDeployedJson } from '../read-deployed-json.ts';

/** The environment that a REST relay serves, with its operations and its compiled grants. */
export interface RestEnvironment extends Omit<RestFile, 'operations'> {
  readonly operations: RestCatalog;
  readonly policy: Policy;
}

/** Reads the file next to the running code. A rule that is not valid for this release grants nothing. */
export const loadRestEnvironment = (): RestEnvironment =>
  createRestEnvironment(readDeployedJson(REST_FUNCTION.dataFile));

export function createRestEnvironment(file: RestFile): RestEnvironment {
  const operations = createRestCatalog(file.operations);
  const catalog = addOperations(file.catalog, operations);
  return { ...file, catalog, operations, policy: compilePolicy(file.grants, catalog).policy };
}
