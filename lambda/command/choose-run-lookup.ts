import type { Catalog } from '../../airflow/catalog.ts';
import { createRunLookups, type RunLookup, type RunReference } from '../../airflow/run-lookup.ts';
import { createNoLookupProblem } from '../../mwaa/cli/no-lookup-problem.ts';
import { authorize } from '../../policy/authorize.ts';
import type { Caller } from '../../policy/caller.ts';
import type { Policy } from '../../policy/policy.ts';
import { authorizeInvocation, type DecisionRecord } from './authorize-invocation.ts';

/**
 * The best way to find a run with commands that are all granted to the caller. Records the decision about its first command.
 *
 * @throws Problem `invalid-command` if the release has no way; `not-granted` for the first command of the best way that is not granted
 * @throws Refusal
 */
export function chooseRunLookup(
  environment: { readonly name: string; readonly catalog: Catalog; readonly policy: Policy },
  caller: Caller,
  run: RunReference,
  record: DecisionRecord,
): RunLookup {
  const { catalog, policy } = environment;
  const lookups = createRunLookups(catalog, run, new Date().toISOString());
  const granted = lookups.find(({ commands }) => commands.every((command) => authorize(policy, caller, command)));
  const lookup = granted ?? lookups[0];
  if (lookup === undefined) throw createNoLookupProblem(catalog.airflow);
  for (const command of [...lookup.commands].reverse()) authorizeInvocation(environment, caller, [command], record);
  return lookup;
}
