import { findOption } from './catalog.ts';
import { endsWithTable, NO_DATA } from './ends-with-table.ts';
import { type FailureEvidence, findFailureEvidence } from './find-failure-evidence.ts';
import { findForeignLine, findForeignRow } from './find-foreign-name.ts';
import { findJsonOutput } from './find-json-output.ts';
import { getArgumentValue, type Invocation } from './invocation.ts';
import { findLastOutputLine, replaceLineSeparators, stripTrailingLogLines } from './log-lines.ts';
import { getOutputPatterns, type OutputPatterns } from './outcome-patterns.ts';
import { type CliStreams, stripAnsi } from './streams.ts';

/** What the streams show about the outcome of a command. */
export interface Evidence {
  readonly failure: FailureEvidence | undefined;
  /** Describes the output that shows that the command printed its complete result. */
  readonly successEvidence: string | undefined;
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
}

/** Finds evidence of the outcome in the streams. Values of fields are never evidence. */
export function findEvidence(invocation: Invocation, streams: CliStreams): Evidence {
  const patterns = resolveOutputPatterns(invocation);
  const stdout = stripTrailingLogLines(stripAnsi(streams.stdout));
  const lastLine = replaceLineSeparators(findLastOutputLine(stdout));
  const format = getOutputFormat(invocation);
  const json = format === 'json' ? findJsonOutput(stdout, patterns.jsonShapes, patterns.neverEmpty ? 1 : 0) : undefined;
  const output = json?.value;
  const successLine = patterns.success?.exec(lastLine) ?? null;
  const foreign = output ? findForeignRow(invocation, output) : findForeignLine(invocation, successLine);
  const hasTable = format === 'table' && endsWithTable(stdout);
  const hasSuccessLine = successLine !== null;
  const mayBeTruncated = hasSuccessLine && patterns.requiresLineEnd === true && !stdout.endsWith('\n');
  const nothingMatched = patterns.nothingMatched?.test(lastLine) === true;
  const hasCompleteList = patterns.listHeading?.test(stdout) === true && stdout.endsWith('\n\n');
  const signsOfSuccess: readonly (readonly [isPresent: boolean, description: string])[] = [
    [nothingMatched, 'Airflow reports that nothing matched'],
    [format !== undefined && lastLine === NO_DATA, 'Airflow reports that there is nothing to list'],
    [output !== undefined, 'the JSON this command prints when it succeeds'],
    [hasTable, 'the complete table this command prints when it succeeds'],
    [hasSuccessLine && !mayBeTruncated, 'the line this command prints when it succeeds'],
    [hasCompleteList, 'the complete list this command prints when it succeeds'],
  ];
  const failureOnStdout = patterns.failureOnStdout?.test(lastLine)
    ? { description: 'the line this command prints when it fails', isFinal: true }
    : undefined;
  return {
    failure: findFailureEvidence(stripAnsi(streams.stderr), patterns.failureOnStderr) ?? failureOnStdout,
    successEvidence: signsOfSuccess.find(([isPresent]) => isPresent)?.[1],
    nothingMatched,
    hasRows: hasTable || (output?.length ?? 0) > 0,
    expectsOutput:
      format === 'json' ||
      format === 'table' ||
      (lastLine === ''
        ? isOutputRequired(patterns, format)
        : format === undefined && patterns.success !== undefined && !mayBeTruncated),
    foreign,
    output: foreign === undefined ? output : undefined,
  };
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
  const columns = getArgumentValue(invocation, '--columns')?.split(',');
  const givenFlags = new Set([...invocation.values.keys()].flatMap(({ flags }) => flags ?? []));
  const lacksSuccessLine = patterns.optionsWithoutSuccessLine?.some((flag) => givenFlags.has(flag));
  return {
    ...patterns,
    success: lacksSuccessLine ? undefined : patterns.success,
    jsonShapes: columns
      ? patterns.jsonShapes?.map((keys) => keys.filter((key) => columns.includes(key)))
      : patterns.jsonShapes,
  };
}
