import { findForeignLine } from './find-foreign-name.ts';
import { findUncaughtException } from './find-traceback.ts';
import type { Invocation } from './invocation.ts';
import { findLastOutputLine, replaceLineSeparators } from './log-lines.ts';
import { stripExitNoise } from './strip-exit-noise.ts';

/** Evidence that a command failed. */
export interface FailureEvidence {
  /** A phrase for use in a sentence. */
  readonly description: string;
  /** Nothing follows it in the stream, so it shows how the process ended. */
  readonly isFinal: boolean;
}

/** Evidence that Airflow's own parser rejected the command line. The exit code is then 2. After any other failure it is 1. */
export const USAGE_ERROR = "argparse's usage error";

/**
 * Finds evidence of a failure in standard error. What names another command, or another DAG, pool, connection or variable, belongs to
 * another process.
 *
 * @param failureLine matches the last line if this command fails
 */
export function findFailureEvidence(
  invocation: Invocation,
  stderr: string,
  failureLine: RegExp | undefined,
): FailureEvidence | undefined {
  const { path } = invocation.command;
  const lastLine = replaceLineSeparators(findLastOutputLine(stripExitNoise(stderr)));
  const usageError = /^airflow (?<group>.*?)command error: .*, see help above\.$/.exec(lastLine);
  if (usageError && `${path.join(' ')} `.startsWith(usageError.groups!.group!))
    return { description: USAGE_ERROR, isFinal: true };
  const exception = findUncaughtException(stderr, path);
  if (exception) return { description: "a traceback from Airflow's entry point", isFinal: exception.isFinal };
  const failure = failureLine?.exec(lastLine) ?? COMMON_FAILURE_LINE.exec(lastLine);
  if (failure && findForeignLine(invocation, failure) === undefined) {
    return { description: 'the line this command prints when it fails', isFinal: true };
  }
  return undefined;
}

/**
 * Finds the line with which Airflow rejects every command because of its database. Since 3.2 it is a log line, whose format and stream
 * the environment decides.
 */
export function findDatabaseFailure({
  stdout,
  stderr,
}: {
  stdout: string;
  stderr: string;
}): FailureEvidence | undefined {
  return [stdout, stderr].some((stream) => DATABASE_FAILURE_LINE.test(stream.trimEnd().split('\n').at(-1)!))
    ? { description: 'Airflow reports that its database is not initialized or not migrated', isFinal: true }
    : undefined;
}

const DATABASE_FAILURE_LINE =
  /(?:You need to \w+ the database|Database migration required)\. Please run `airflow db \w+`\. Make sure the command is run using Airflow version /;

/** One-line failures of 3.x that many commands have in common. Python puts a name that contains `'` in double quotes. */
const COMMON_FAILURE_LINE = /^(?:Bundles not found: .*|Can not find dag (?:'(?<dag_id>.*)'|".*")(?: in database)?)$/;
