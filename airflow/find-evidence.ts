import { findOption } from './catalog.ts';
import { findTableAtEnd, NO_DATA } from './ends-with-table.ts';
import { mayRunEnvironmentCode } from './environment-code.ts';
import { type FailureEvidence, findFailureEvidence } from './find-failure-evidence.ts';
import {
  findForeignColumn,
  findForeignLine,
  findForeignMember,
  listNamesByMember,
  namesArgument,
} from './find-foreign-name.ts';
import { findJsonOutput } from './find-json-output.ts';
import { getArgumentValue, type Invocation } from './invocation.ts';
import { findLastOutputLine, readOutputEnd, replaceLineSeparators } from './log-lines.ts';
import { getOutputPatterns, type OutputPatterns } from './outcome-patterns.ts';
import { hasTooManyBrackets } from './parse-json.ts';
import type { CliStreams } from './streams.ts';

/** What the streams show about the outcome of a command. */
export interface Evidence {
  readonly failure: FailureEvidence | undefined;
  /** Describes the output that shows that the command printed its complete result. */
  readonly successEvidence: string | undefined;
  /** Code of the environment, such as a DAG file, may have printed it as well, so it does not show how the process ended. */
  readonly isUncertain: boolean;
  /** Any text on standard output is evidence of success, so it does not contradict a failure. */
  readonly isAnyText: boolean;
  /** Airflow reports that there was nothing to do. */
  readonly nothingMatched: boolean;
  /** The requested list is not empty. */
  readonly hasRows: boolean;
  /** The command prints evidence of success whenever it succeeds. */
  readonly expectsOutput: boolean;
  /** Says which name in the output differs from the command's: the output belongs to another command. */
  readonly foreign: string | undefined;
  /** The JSON list in standard output. Undefined if it belongs to another command. */
  readonly output: readonly object[] | undefined;
  /** There may be JSON that was not read. */
  readonly isTooLarge: boolean;
  /** The output has numbers that are not as Airflow printed them. */
  readonly hasChangedNumbers: boolean;
}

/**
 * Finds evidence of the outcome in the streams. Values of fields are never evidence.
 *
 * @param streams without escape sequences
 * @param release of Airflow. If it is unknown, DAG files may print in every command that reads them in some release
 */
export function findEvidence(invocation: Invocation, streams: CliStreams, release?: string): Evidence {
  const patterns = resolveOutputPatterns(invocation);
  const { text: stdout, lastLine: lastSpan } = readOutputEnd(streams.stdout);
  const lastLine = replaceLineSeparators(stdout.slice(lastSpan.start, lastSpan.end));
  const format = getOutputFormat(invocation);
  const runsEnvironmentCode = mayRunEnvironmentCode(invocation, release);
  const json =
    format === 'json'
      ? findJsonOutput(
          stdout,
          { ...patterns, shapes: patterns.jsonShapes, names: listNamesByMember(invocation) },
          lastSpan,
        )
      : undefined;
  const isFollowed = json !== undefined && findLastOutputLine(stdout.slice(json.end)).trim() !== '';
  const output = json?.value.length === 0 && isFollowed ? undefined : json?.value;
  const successLine = patterns.success?.exec(lastLine) ?? null;
  const table =
    format === 'table'
      ? findTableAtEnd(stdout, patterns.tableShapes, patterns.onlyKeys, namesArgument(invocation))
      : undefined;
  const foreign = output
    ? json?.foreignRow && findForeignMember(invocation, json.foreignRow)
    : table
      ? findForeignColumn(invocation, table)
      : findForeignLine(invocation, successLine);
  const hasTable = table !== undefined;
  const mayBeTruncated = successLine !== null && patterns.requiresLineEnd === true && !stdout.endsWith('\n');
  const nothingMatched = patterns.nothingMatched?.test(lastLine) === true;
  const hasCompleteList = patterns.listHeading?.test(stdout) === true && stdout.endsWith('\n\n');
  const hasRows = hasTable || (output?.length ?? 0) > 0;
  const signsOfSuccess: readonly SignOfSuccess[] = [
    [nothingMatched, 'Airflow reports that nothing matched'],
    [
      format !== undefined && !patterns.neverEmpty && lastLine === NO_DATA,
      'Airflow reports that there is nothing to list',
      runsEnvironmentCode,
    ],
    [output?.length === 0, 'the JSON this command prints when there is nothing to list', runsEnvironmentCode],
    [output !== undefined, 'the JSON this command prints when it succeeds', isFollowed && runsEnvironmentCode],
    [hasTable, 'the complete table this command prints when it succeeds'],
    [
      successLine !== null && !mayBeTruncated,
      'the line this command prints when it succeeds',
      patterns.isAnyText || (patterns.isPlainWord && runsEnvironmentCode),
    ],
    [hasCompleteList, 'the complete list this command prints when it succeeds'],
  ];
  const sign =
    signsOfSuccess.find(([isPresent]) => isPresent) ??
    (runsEnvironmentCode && endsWithAnswer(lastLine, patterns, format) ? ANSWER_BEHIND_TEXT : undefined);
  return {
    failure: findFailureEvidence(invocation, streams, patterns, runsEnvironmentCode),
    successEvidence: sign?.[1],
    isUncertain: sign?.[2] === true,
    isAnyText: patterns.isAnyText === true,
    nothingMatched,
    hasRows,
    expectsOutput:
      format === 'json' ||
      format === 'table' ||
      (lastLine === ''
        ? isOutputRequired(patterns, format)
        : format === undefined && patterns.success !== undefined && !mayBeTruncated),
    foreign,
    output: foreign === undefined ? output : undefined,
    isTooLarge: format === 'json' && json === undefined && hasTooManyBrackets(stdout),
    hasChangedNumbers: json?.hasChangedNumbers === true,
  };
}

/** @param isUncertain other code in the process may have printed it as well, before the process was killed or exited with another status */
type SignOfSuccess = readonly [isPresent: boolean, description: string, isUncertain?: boolean | undefined];

const ANSWER_BEHIND_TEXT: SignOfSuccess = [true, 'what this command prints when it succeeds, behind other text', true];

const toUnanchored = ({ source }: RegExp): RegExp => new RegExp(source.replace(/^\^/, ''));

/** The most of a line that is searched for an answer at its end: the search may take quadratic time. */
const MAX_ANSWER_LENGTH = 10_000;

/** Whether a line ends with a short answer or a sentence, behind text that a DAG file printed without a line end. */
function endsWithAnswer(line: string, patterns: OutputPatterns, format: string | undefined): boolean {
  if (format === 'json' && !patterns.neverEmpty && line.endsWith('[]')) return true;
  if (format !== undefined && !patterns.neverEmpty && line.endsWith(NO_DATA)) return true;
  const end = line.slice(-MAX_ANSWER_LENGTH);
  return [patterns.success, patterns.nothingMatched].some((pattern) => pattern && toUnanchored(pattern).test(end));
}

/** Whether the command always prints something when it succeeds. */
function isOutputRequired(
  { success, alwaysPrints, maySucceedSilently }: OutputPatterns,
  format: string | undefined,
): boolean {
  return format !== undefined || alwaysPrints === true || (success !== undefined && !maySucceedSilently);
}

/** The requested output format, or Airflow's default. Undefined for a command without `--output`. */
function getOutputFormat(invocation: Invocation): string | undefined {
  const option = findOption(invocation.command, '--output');
  return option && (getArgumentValue(invocation, '--output') ?? 'table');
}

/** The output patterns of the command with the options that were given. */
function resolveOutputPatterns(invocation: Invocation): OutputPatterns {
  const patterns = getOutputPatterns(invocation.command.path);
  const columns = getArgumentValue(invocation, '--columns')
    ?.split(',')
    .map((name) => name.trim());
  const selectColumns = (shapes: OutputPatterns['jsonShapes']) =>
    columns ? shapes?.map((keys) => keys.filter((key) => columns.includes(key))) : shapes;
  const givenFlags = new Set([...invocation.values.keys()].flatMap(({ flags }) => flags ?? []));
  const lacksSuccessLine = patterns.optionsWithoutSuccessLine?.some((flag) => givenFlags.has(flag));
  return {
    ...patterns,
    success: lacksSuccessLine ? undefined : patterns.success,
    jsonShapes: selectColumns(patterns.jsonShapes),
    onlyKeys: columns ?? patterns.onlyKeys,
    tableShapes: selectColumns(patterns.tableShapes ?? patterns.jsonShapes),
  };
}
