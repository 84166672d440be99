import type { Catalog } from '../../airflow/catalog.ts';
import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { findBestRunLookup } from '../../airflow/run-lookup.ts';

/**
 * Returns a sentence that says what to do if the outcome of a command is unknown.
 *
 * @param keyed whether the request has an idempotency key
 */
export function describeUnknownOutcome(catalog: Catalog, invocation: Invocation, keyed: boolean): string {
  if (isReadOnlyCommand(invocation.command.path)) return 'The command changes nothing, so send it again.';
  const runId = getRunId(invocation);
  if (!isTrigger(invocation) || runId === undefined) return 'Check in Airflow whether it ran before you send it again.';
  if (keyed) return `Send it again with the same Idempotency-Key: there will be only one run, ${runId}.`;
  const dagId = getArgumentValue(invocation, 'dag_id') ?? '';
  const command = findBestRunLookup(catalog, { dagId, runId })?.commands[0];
  return command === undefined
    ? `Before you send it again, check in Airflow whether run ${runId} exists.`
    : `Before you send it again, check whether run ${runId} exists: ${renderCommandLine(command)}`;
}
