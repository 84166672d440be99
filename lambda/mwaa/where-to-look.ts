import type { Catalogue } from '../../airflow/catalogue.ts';
import { isTrigger, runIdOf } from '../../airflow/complete.ts';
import { listRunsOf } from '../../airflow/duplicate-run.ts';
import { changesNothing } from '../../airflow/effects.ts';
import { argumentValue, type Invocation } from '../../airflow/invocation.ts';
import { render } from '../../airflow/render.ts';

/** A sentence: what to do about a command whose fate is open, before or instead of sending it again. */
export function whereToLook(catalogue: Catalogue, invocation: Invocation, keyed: boolean): string {
  const runId = runIdOf(invocation);
  if (changesNothing(invocation.command.path)) return 'The command changes nothing: send it again.';
  if (!isTrigger(invocation) || runId === undefined) return 'Look at Airflow before sending it again.';
  if (keyed) return `Send it again with the same Idempotency-Key: it stays one run, ${runId}.`;
  const listing = listRunsOf(catalogue, argumentValue(invocation, 'dag_id') ?? '');
  const how = listing === undefined ? 'in Airflow' : `with: ${render(listing)}`;
  return `Before sending it again, look for run ${runId} ${how}`;
}
