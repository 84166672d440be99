import type { Invocation } from '../../airflow/invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import type { FoundRun, RunLookup, RunQuery, RunReference } from '../../airflow/run-lookup.ts';
import { saysNoSuchRun } from '../../airflow/says-no-such-run.ts';
import { stripAnsi } from '../../airflow/streams.ts';
import { determineVerdict } from '../../airflow/verdict.ts';
import { Problem } from '../../contract/problem.ts';
import { describeFailure } from './describe-failure.ts';
import type { EnvironmentConnection } from './environment-connection.ts';
import type { SendTrace } from './send-command-types.ts';

/** The state of a run, the same for every release. */
export interface RunState extends RunReference, FoundRun {
  readonly state: (typeof RUN_STATES)[number];
}

const RUN_STATES = ['queued', 'running', 'success', 'failed'] as const;

/**
 * Looks a run up.
 *
 * @throws Problem `run-not-found`; `outcome-unclear` if Airflow's commands do not show the run; any problem of a command
 */
export async function lookUpRun(lookup: RunLookup, { dagId, runId }: RunReference, query: RunQuery): Promise<RunState> {
  const found = await lookup.find(query);
  if (found === undefined) throw createRunNotFoundProblem({ dagId, runId });
  const state = found === 'unknown' ? undefined : RUN_STATES.find((name) => name === found.state);
  if (found !== 'unknown' && state !== undefined) return { dagId, runId, ...found, state };
  const [command] = lookup.commands;
  const detail = `Airflow's commands do not show the state of this run. Read what this command prints: airflow ${renderCommandLine(command!)}`;
  throw new Problem('outcome-unclear', detail, { dagId, runId, retrySafe: true });
}

function createRunNotFoundProblem({ dagId, runId }: RunReference): Problem {
  const hint = / \d\d:\d\d$/.test(runId) ? ' In a URL, write the + of a run id as %2B: a bare + means a space.' : '';
  return new Problem('run-not-found', `DAG ${dagId} has no run ${runId}.${hint}`, { dagId, runId });
}

/**
 * Runs the commands of a look-up in an environment.
 *
 * @param beforeEach called before a command is sent. It may throw
 */
export function createRunQuery(
  { environment, send, signal, timeLeftMs }: EnvironmentConnection,
  beforeEach: (invocation: Invocation) => void = () => {},
  trace?: SendTrace,
): RunQuery {
  return async (invocation) => {
    beforeEach(invocation);
    const commandLine = renderCommandLine(invocation);
    const command = { commandLine, readOnly: true, problemMembers: READ_ONLY, timeLeftMs, ...(trace && { trace }) };
    const { status, streams } = await send(command, signal);
    const { outcome, evidence, output } = determineVerdict(invocation, status, streams, environment.airflow);
    if (outcome === 'succeeded' || outcome === 'unverified') {
      return { output, stdout: stripAnsi(streams.stdout), isUnverified: outcome === 'unverified' };
    }
    if (outcome !== 'failed') {
      throw new Problem('outcome-unclear', `"${commandLine}" gave no clear answer: ${evidence}.`, READ_ONLY);
    }
    const { path } = invocation.command;
    if (saysNoSuchRun(streams, path)) return undefined;
    throw new Problem(
      'command-failed',
      `"${commandLine}" failed in Airflow: ${describeFailure(streams, path)}`,
      READ_ONLY,
    );
  };
}

const READ_ONLY = { retrySafe: true };
