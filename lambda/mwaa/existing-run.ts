import { isTrigger, runIdOf } from '../../airflow/complete.ts';
import { duplicateRunIn, listRunsOf, runIn } from '../../airflow/duplicate-run.ts';
import { argumentValue, type Invocation } from '../../airflow/invocation.ts';
import { render } from '../../airflow/render.ts';
import type { Streams } from '../../airflow/streams.ts';
import { judge, type Verdict } from '../../airflow/verdict.ts';
import { Problem } from '../problem.ts';
import type { Way } from './carry-out.ts';

/** A trigger whose run an earlier one had made. */
type Replay = Omit<Verdict, 'answered'> & { readonly replayed: true };

/**
 * A trigger failed, and Airflow says that a run is there already. Which one? Airflow's word may be of another run with the same
 * logical date, so the DAG's runs are listed.
 *
 * @returns the run that exists, where its id is one that the proxy makes and only this caller's request can have made;
 *   undefined, where the failure stands as it is
 * @throws Problem `logical-date-collision`, where no run has the id; `outcome-unclear`, where that cannot be told
 */
export async function existingRun(
  way: Way,
  invocation: Invocation,
  streams: Streams,
  whereToLook: string,
): Promise<Replay | undefined> {
  const runId = runIdOf(invocation);
  const dagId = argumentValue(invocation, 'dag_id') ?? '';
  const duplicate = isTrigger(invocation) && runId !== undefined ? duplicateRunIn(streams, dagId, runId) : undefined;
  if (duplicate === undefined || runId === undefined) return undefined;
  if (duplicate === 'date') throw collision(invocation, dagId);

  const listing = listRunsOf(way.environment.catalogue, dagId);
  const found = listing && (await look(way, listing, runId));
  if (found === 'not there' && duplicate === 'either') throw collision(invocation, dagId);
  const isOurs = [...invocation.added].some(({ dest }) => dest === 'run_id');
  if (!isOurs) return undefined;
  if (typeof found === 'object') return replay('dags list-runs shows the run', [found]);
  // 1.10 and 2.0: nothing lists runs as JSON, and Airflow has looked for this very id and no date.
  if (listing === undefined && duplicate === 'run-id')
    return replay('Airflow says that a run of this very id exists', null);
  throw new Problem(
    'outcome-unclear',
    `Airflow says that a run is there already, and dags list-runs could not show which one. ${whereToLook}`,
  );
}

const replay = (evidence: string, output: unknown): Replay => ({
  outcome: 'succeeded',
  evidence: `${evidence}: an earlier request made it`,
  notes: [],
  output,
  replayed: true,
});

/** The run's row, as the DAG's runs are listed. Only it is shown: the listing itself may not be granted to the caller. */
async function look({ environment, send, signal, timeLeftMs }: Way, listing: Invocation, runId: string) {
  try {
    const { status, streams } = await send({ line: render(listing), repeatable: true, timeLeftMs }, signal);
    const { outcome, output } = judge(listing, status, streams, environment.airflow);
    return outcome === 'succeeded' ? (runIn(output, runId) ?? 'not there') : 'not known';
  } catch (error) {
    if (error instanceof Problem) return 'not known';
    throw error;
  }
}

const DATES = ['--exec-date', '--exec_date', '--logical-date'];

function collision(invocation: Invocation, dagId: string): Problem {
  const chosen = DATES.some((option) => argumentValue(invocation, option) !== undefined);
  const what = `Airflow has another run of ${dagId} with this logical date, and made none.`;
  return chosen
    ? new Problem('logical-date-collision', `${what} Choose another date.`, { retrySafe: true })
    : new Problem(
        'logical-date-collision',
        `${what} Two triggers within one second have the same date in this release: send it again.`,
        { retrySafe: true, retryAfterSeconds: 1 },
      );
}
