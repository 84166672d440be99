import { findOption } from './catalog.ts';
import { isReleaseAtLeast } from './compare-releases.ts';
import { isTrigger } from './complete-invocation.ts';
import { type Evidence, findEvidence } from './evidence.ts';
import type { Invocation } from './invocation.ts';
import { getOutputPatterns, type OutputPatterns } from './output-patterns.ts';
import type { CliStreams } from './streams.ts';

/**
 * What the answer shows. `succeeded`: Airflow's process exited 0. `failed`: it did not. `unverified`: nothing that this
 * command prints can tell. `unclear`: it should have printed something that is not there, or the evidence contradicts
 * itself.
 */
export type Outcome = 'succeeded' | 'failed' | 'unverified' | 'unclear';

/** Where the exit status alone misleads. */
export type VerdictNote =
  /** Exit 0, and Airflow says that there was nothing to do. */
  | 'nothing-matched'
  /** Exit 0 whether or not there was anything to do: Airflow prints the same. */
  | 'success-either-way'
  /** Exit 1, and yet this is the answer to what was asked. */
  | 'exit-status-misleads'
  /** Exit 0 although the task that was tried failed. */
  | 'task-failed'
  /** Airflow says that the DAG is paused: its runs wait. */
  | 'dag-is-paused'
  /** The run has no logical date: what filters by date never shows it. */
  | 'no-logical-date';

export interface Verdict {
  readonly outcome: Outcome;
  /**
   * Airflow gave the answer that it gives when all is well. So it is with `succeeded` and `unverified`, and with a list of
   * import errors: from 2.8 on the process exits 1 for having one to show (`failed`, noted `exit-status-misleads`).
   */
  readonly isNormalResult: boolean;
  /** In words, what the outcome was read from. */
  readonly evidence: string;
  readonly notes: readonly VerdictNote[];
  /** The JSON value found in standard output, or null. */
  readonly output: unknown;
}

/**
 * Reads the verdict from the streams and MWAA's HTTP status. MWAA documents no exit code and no error contract, so the
 * evidence is what the real process prints at its end; values of fields are never evidence.
 *
 * @param release of Airflow, `2.10.3`. Without it a list of import errors that comes without a return code is `unverified`
 */
export function determineVerdict(
  invocation: Invocation,
  status: number,
  streams: CliStreams,
  release?: string,
): Verdict {
  const phrases = getOutputPatterns(invocation.command.path);
  const seen = findEvidence(invocation, streams);
  const listed = phrases.exitsOneSinceRelease !== undefined && seen.hasRows && !seen.failure;
  const exitsOne =
    listed && (release === undefined ? undefined : isReleaseAtLeast(release, phrases.exitsOneSinceRelease));
  const [outcome, evidence] = determineOutcome(status, streams.returncode, seen, exitsOne);
  const misleads = outcome === 'failed' && listed && (streams.returncode ?? 1) === 1;
  return {
    outcome,
    isNormalResult: outcome === 'succeeded' || outcome === 'unverified' || misleads,
    evidence,
    notes: misleads
      ? ['exit-status-misleads']
      : outcome === 'failed'
        ? []
        : collectNotes(invocation, streams, phrases, seen),
    output: seen.output ?? null,
  };
}

function determineOutcome(
  status: number,
  returncode: number | undefined,
  { failure, successEvidence, hasRows, expectsOutput }: Evidence,
  exitsOne: boolean | undefined,
): [outcome: Outcome, evidence: string] {
  if (returncode !== undefined) return [returncode === 0 ? 'succeeded' : 'failed', `return code ${returncode}`];
  if (failure && (hasRows || (!failure.isFinal && (successEvidence || !expectsOutput)))) {
    return [
      'unclear',
      `the evidence contradicts itself: ${failure.description}, and ${successEvidence ?? 'more behind it'}`,
    ];
  }
  if (failure) return ['failed', failure.description];
  if (exitsOne) return ['failed', `${successEvidence}, and this release exits 1 where there is something to list`];
  if (status >= 400 && exitsOne === false && successEvidence) {
    return ['unclear', `MWAA answered ${status}, and the streams are those of a success: ${successEvidence}`];
  }
  if (status >= 400) return ['failed', `MWAA answered ${status} with the streams`];
  if (exitsOne === undefined)
    return ['unverified', `${successEvidence}, and some releases exit 1 where there is something to list`];
  if (successEvidence) return ['succeeded', successEvidence];
  if (expectsOutput) return ['unclear', 'what this command prints when it succeeds is not there'];
  return ['unverified', 'nothing this command prints tells whether it succeeded'];
}

function collectNotes(
  invocation: Invocation,
  { stdout, stderr }: CliStreams,
  phrases: OutputPatterns,
  seen: Evidence,
): VerdictNote[] {
  const says = (line: RegExp | undefined) => line !== undefined && (line.test(stdout) || line.test(stderr));
  const logicalDate = findOption(invocation.command, '--logical-date');
  const notes: readonly (readonly [VerdictNote, boolean])[] = [
    ['nothing-matched', seen.nothingMatched],
    [
      'success-either-way',
      phrases.successEitherWay === true && seen.successEvidence !== undefined && !seen.nothingMatched,
    ],
    ['task-failed', says(phrases.taskFailed)],
    ['dag-is-paused', says(phrases.paused)],
    ['no-logical-date', isTrigger(invocation) && logicalDate !== undefined && !invocation.values.has(logicalDate)],
  ];
  return notes.filter(([, there]) => there).map(([note]) => note);
}
