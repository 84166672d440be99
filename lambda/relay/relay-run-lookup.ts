import type { RelayRunLookup } from '../../contract/relay-request.ts';
import { createRunQuery, lookUpRun } from '../../mwaa/cli/look-up-run.ts';
import type { Caller } from '../../policy/caller.ts';
import { maskArgv } from '../audit/mask-argv.ts';
import { authorizeInvocation } from '../command/authorize-invocation.ts';
import { chooseRunLookup } from '../command/choose-run-lookup.ts';
import type { RelayContext } from './relay-environment.ts';
import { writeIntent } from './relay-log.ts';

/**
 * Looks up one run. Authorizes and logs each command like one that the caller sent.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayRunLookup(
  relay: RelayContext,
  caller: Caller,
  { dagId, runId }: RelayRunLookup,
): Promise<Record<string, unknown>> {
  const { environment, record } = relay;
  const run = { dagId, runId };
  const trace = {};
  const lookup = chooseRunLookup(environment, caller, run, record);
  const query = createRunQuery(
    relay,
    (invocation) => {
      record.command = maskArgv(invocation);
      authorizeInvocation(environment, caller, [invocation], record);
      const { trace: _, ...intent } = record;
      writeIntent(intent);
      record.trace = trace;
    },
    trace,
  );
  const found = await lookUpRun(lookup, run, query);
  record.outcome = 'succeeded';
  return { environment: environment.name, airflowVersion: environment.airflow, ...found };
}
