import type { Catalog } from '../../airflow/catalog.ts';
import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import { createListRunsInvocation } from '../../airflow/duplicate-run.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';

/** A sentence: what to do about a command whose fate is open, before or instead of sending it again. */
export function describeUnknownOutcome(catalog: Catalog, invocation: Invocation, keyed: boolean): string {
  const runId = getRunId(invocation);
  if (isReadOnlyCommand(invocation.command.path)) return 'The command changes nothing: send it again.';
  if (!isTrigger(invocation) || runId === undefined) return 'Look at Airflow before sending it again.';
  if (keyed) return `Send it again with the same Idempotency-Key: it stays one run, ${runId}.`;
  const listing = createListRunsInvocation(catalog, getArgumentValue(invocation, 'dag_id') ?? '');
  const how = listing === undefined ? 'in Airflow' : `with: ${renderCommandLine(listing)}`;
  return `Before sending it again, look for run ${runId} ${how}`;
}
