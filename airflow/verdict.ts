import { findOption } from './catalog.ts';
import { isReleaseAtLeast } from './compare-releases.ts';
import { isTrigger } from './complete-invocation.ts';
import { type Evidence, findEvidence } from './find-evidence.ts';
import type { Invocation } from './invocation.ts';
import { getOutputPatterns, type OutputPatterns } from './outcome-patterns.ts';
import { findReportedShortfalls } from './reported-shortfalls.ts';
import { type CliStreams, stripAnsi } from './streams.ts';

/**
 * `succeeded`: Airflow's process exited with 0. `failed`: it exited with another status. `unverified`: the output of this command cannot show which.
 * `unclear`: the output lacks what this command prints when it succeeds, or the evidence is contradictory.
 */
export type Outcome = 'succeeded' | 'failed' | 'unverified' | 'unclear';

/** A fact that the exit status does not show. */
export type VerdictNote =
  /** Exit status 0, and Airflow reports that there was nothing to do. */
  | 'nothing-matched'
  /** Exit status 0, and Airflow prints the same whether or not there was anything to do. */
  | 'success-either-way'
  /** Exit status 1, although the command returned what was requested. */
  | 'exit-status-misleads'
  /** Exit status 0, although the task that was tested failed. */
  | 'task-failed'
  /** Exit status 0, although Airflow reports that the command, or a part of it, failed. */
  | 'part-failed'
  /** Exit status 0, although Airflow reports that it ignored or replaced a value, or that the result has no effect. */
  | 'not-as-asked'
  /** Airflow reports that the DAG is paused, so its runs wait. */
  | 'dag-is-paused'
  /** The run has no logical date, so filters by date never show it. */
  | 'no-logical-date';

export interface Verdict {
  readonly outcome: Outcome;
  /**
   * Airflow returned what it returns when nothing went wrong: true for `succeeded` and `unverified`, and for a list of import errors
   * (`failed` with the note `exit-status-misleads`: since 2.8 the process exits with 1 if there is an import error to list).
   */
  readonly isNormalResult: boolean;
  /** Describes what the outcome is based on. */
  readonly evidence: string;
  readonly notes: readonly VerdictNote[];
  /** The JSON value found in standard output, or null. */
  readonly output: unknown;
  /** The output was found, and is left out: it has too many values to keep all numbers as Airflow printed them. */
  readonly outputTruncated?: true;
}

/**
 * Determines the verdict from the streams and MWAA's HTTP status. MWAA documents neither an exit code nor error responses, so the
 * evidence is what the real process prints last. Values of fields are never evidence.
 *
 * @param release of Airflow, as in `2.10.3`. Without it, a list of import errors without a return code is `unverified`
 */
export function determineVerdict(
  invocation: Invocation,
  status: number,
  streams: CliStreams,
  release?: string,
): Verdict {
  const patterns = getOutputPatterns(invocation.command.path);
  const plain = { stdout: stripAnsi(streams.stdout), stderr: stripAnsi(streams.stderr) };
  const evidence = findEvidence(invocation, plain, release);
  const hasMisleadingList =
    patterns.exitsOneSinceRelease !== undefined && evidence.hasRows && !evidence.isUncertain && !evidence.failure;
  const exitsOne =
    hasMisleadingList && (release === undefined ? undefined : isReleaseAtLeast(release, patterns.exitsOneSinceRelease));
  const [outcome, description] = determineOutcome(
    status,
    streams.returncode,
    evidence,
    exitsOne,
    invocation.command.listed === true,
  );
  const misleads = outcome === 'failed' && hasMisleadingList && (streams.returncode ?? 1) === 1;
  return {
    outcome,
    isNormalResult: outcome === 'succeeded' || outcome === 'unverified' || misleads,
    evidence: description,
    notes: misleads
      ? ['exit-status-misleads']
      : outcome === 'failed'
        ? []
        : collectNotes(invocation, streams, plain, patterns, evidence),
    ...(evidence.output !== undefined && evidence.hasChangedNumbers
      ? { output: null, outputTruncated: true }
      : { output: evidence.output ?? null }),
  };
}

/**
 * A command that AWS lists has been recorded with its failures, which all leave evidence, so without any it is `unverified`. Nothing is known
 * about the failures of another command: some exit with 1 and print only what they print when all is well, so it is `unclear`.
 *
 * @param exitsOne whether the release exits with 1 if there is something to list; undefined if the release is unknown
 */
function determineOutcome(
  status: number,
  returncode: number | undefined,
  { failure, foreign, successEvidence, isUncertain, isAnyText, expectsOutput, isTooLarge }: Evidence,
  exitsOne: boolean | undefined,
  isListed: boolean,
): [outcome: Outcome, description: string] {
  if (foreign !== undefined && failure === undefined && (returncode ?? 0) === 0) return ['unclear', foreign];
  if (returncode !== undefined) return [returncode === 0 ? 'succeeded' : 'failed', `return code ${returncode}`];
  const contradictsFailure = successEvidence !== undefined && !isAnyText;
  if (failure && (contradictsFailure || (!failure.isFinal && (successEvidence || !expectsOutput)))) {
    return [
      'unclear',
      `the evidence is contradictory: ${failure.description}, but also ${successEvidence ?? 'output after it'}`,
    ];
  }
  if (failure) return ['failed', failure.description];
  if (exitsOne) return ['failed', `${successEvidence}, but this release exits with 1 if there is something to list`];
  if (status >= 400 && exitsOne === false && successEvidence) {
    return ['unclear', `MWAA returned HTTP ${status}, but the output shows success: ${successEvidence}`];
  }
  if (status >= 400) return ['failed', `MWAA returned HTTP ${status} with the output`];
  if (exitsOne === undefined)
    return ['unverified', `${successEvidence}, but some releases exit with 1 if there is something to list`];
  if (isUncertain) return ['unverified', `${successEvidence}, but code of the environment may have printed it`];
  if (successEvidence) return ['succeeded', successEvidence];
  if (expectsOutput && isTooLarge)
    return ['unclear', 'standard output has too many lists and objects to be read as JSON'];
  if (expectsOutput) return ['unclear', 'the output this command prints when it succeeds is missing'];
  if (!isListed)
    return ['unclear', 'AWS does not list this command, and its output does not show whether it succeeded'];
  return ['unverified', 'the output of this command does not show whether it succeeded'];
}

function collectNotes(
  invocation: Invocation,
  { stdout, stderr }: CliStreams,
  plain: CliStreams,
  patterns: OutputPatterns,
  evidence: Evidence,
): VerdictNote[] {
  const isPrinted = (line: RegExp | undefined) => line !== undefined && (line.test(stdout) || line.test(stderr));
  const shortfalls = findReportedShortfalls(invocation.command.path, plain.stdout, plain.stderr);
  const logicalDate = findOption(invocation.command, '--logical-date');
  const notes: readonly (readonly [VerdictNote, boolean])[] = [
    ['nothing-matched', evidence.nothingMatched || shortfalls.has('nothing-matched')],
    [
      'success-either-way',
      patterns.successEitherWay === true && evidence.successEvidence !== undefined && !evidence.nothingMatched,
    ],
    ['task-failed', shortfalls.has('task-failed')],
    ['part-failed', shortfalls.has('part-failed')],
    ['not-as-asked', shortfalls.has('not-as-asked')],
    ['dag-is-paused', isPrinted(patterns.paused)],
    ['no-logical-date', isTrigger(invocation) && logicalDate !== undefined && !invocation.values.has(logicalDate)],
  ];
  return notes.filter(([, applies]) => applies).map(([note]) => note);
}
