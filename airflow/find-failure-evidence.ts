import { findForeignLine, namesMissingArgument } from './find-foreign-name.ts';
import { findUncaughtException } from './find-traceback.ts';
import type { Invocation } from './invocation.ts';
import { findLastOutputLine, replaceLineSeparators } from './log-lines.ts';
import type { OutputPatterns } from './outcome-patterns.ts';
import { renderArgv } from './render-command-line.ts';
import type { CliStreams } from './streams.ts';
import { findLastErrorLine } from './strip-exit-noise.ts';
import { USAGE_ERROR } from './usage-error.ts';

/** Evidence that a command failed. */
export interface FailureEvidence {
  /** A phrase for use in a sentence. */
  readonly description: string;
  /** Nothing follows it in the stream, so it shows how the process ended. */
  readonly isFinal: boolean;
}

/**
 * Finds evidence of a failure. What names another command, or another DAG, pool, connection or variable, belongs to another process.
 *
 * @param streams without escape sequences
 * @param patterns of the last line if this command fails
 * @param runsEnvironmentCode whether a DAG file or a plugin may have started another `airflow` process, whose streams are the same
 */
export function findFailureEvidence(
  invocation: Invocation,
  { stdout, stderr }: CliStreams,
  { failureOnStderr, failureOnStdout }: Pick<OutputPatterns, 'failureOnStderr' | 'failureOnStdout'>,
  runsEnvironmentCode = false,
): FailureEvidence | undefined {
  const { path } = invocation.command;
  const lastLine = replaceLineSeparators(findLastErrorLine(stderr));
  const usageError = findUsageError(lastLine, invocation, [stdout, stderr]);
  if (usageError)
    return { description: USAGE_ERROR, isFinal: usageError === 'of-this-command' || !runsEnvironmentCode };
  const exception = findUncaughtException(stderr, path);
  if (exception) {
    const isFinal = exception.isFinal && (exception.isOwn || !runsEnvironmentCode);
    return { description: "a traceback from Airflow's entry point", isFinal };
  }
  const failure =
    failureOnStderr?.exec(lastLine) ??
    COMMON_FAILURE_LINE.exec(lastLine) ??
    failureOnStdout?.exec(replaceLineSeparators(findLastOutputLine(stdout)));
  const isForeign =
    failure &&
    (findForeignLine(invocation, failure) ?? (runsEnvironmentCode && namesMissingArgument(invocation, failure)));
  if (failure && !isForeign) return { description: 'the line this command prints when it fails', isFinal: true };
  if ([stdout, stderr].some(endsWithDatabaseFailure))
    return { description: 'Airflow reports that its database is not initialized or not migrated', isFinal: true };
  return undefined;
}

/**
 * Airflow's parser prints the help of the command, or of the group that lacks it, before its error.
 *
 * @returns `unknown-owner` if the error is about the group, and not about a word of this command
 */
function findUsageError(
  line: string,
  invocation: Invocation,
  streams: readonly string[],
): 'of-this-command' | 'unknown-owner' | undefined {
  const name = `${invocation.command.path.join(' ')} `;
  const errorAt = line.indexOf(USAGE_ERROR_TEXT);
  const messageAt = errorAt + USAGE_ERROR_TEXT.length;
  const isError =
    line.startsWith('airflow ') && line.endsWith(HELP_TEXT) && messageAt + HELP_TEXT.length <= line.length;
  if (errorAt < 'airflow '.length || !isError || line.includes('\r')) return undefined;
  const group = line.slice('airflow '.length, errorAt);
  const message = line.slice(messageAt, -HELP_TEXT.length);
  if (!name.startsWith(group)) return undefined;
  const usage = new RegExp(`^usage: airflow ${group}`, 'im');
  if (!streams.some((stream) => usage.test(stream))) return undefined;
  const words = new Set(renderArgv(invocation));
  const choice = /invalid choice: '(.*?)'/.exec(message)?.[1];
  const named =
    /^unrecognized arguments: (.*)$/.exec(message)?.[1]?.split(' ') ?? (choice === undefined ? [] : [choice]);
  return group === name || named.every((word) => words.has(word)) ? 'of-this-command' : 'unknown-owner';
}

const USAGE_ERROR_TEXT = 'command error: ';
const HELP_TEXT = ', see help above.';

function endsWithDatabaseFailure(stream: string): boolean {
  const text = stream.trimEnd().slice(-MAX_FAILURE_LENGTH);
  const line = text.slice(text.lastIndexOf('\n') + 1);
  return line.includes(' Please run `airflow db ') && DATABASE_FAILURE_LINE.test(line);
}

/** The most of a line that is searched. Airflow prints 200 characters, an environment what it puts before a log record. */
const MAX_FAILURE_LENGTH = 10_000;

/** Since 3.2 this is a log line, whose format and stream the environment decides. */
const DATABASE_FAILURE_LINE =
  /(?:You need to \w+ the database|Database migration required)\. Please run `airflow db \w+`\. Make sure the command is run using Airflow version /;

/** One-line failures of 3.x that many commands have in common. Python puts a name that contains `'` in double quotes. */
const COMMON_FAILURE_LINE =
  /^(?:Bundles not found: (?<bundle_name>.*)|Can not find dag (?:'(?<dag_id>.*)'|".*")(?: in database)?)$/;
