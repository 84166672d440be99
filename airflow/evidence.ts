import { findOption } from './catalog.ts';
import { type FailureEvidence, findFailureEvidence } from './failure-evidence.ts';
import { getArgumentValue, type Invocation } from './invocation.ts';
import { findJsonOutput } from './json-output.ts';
import { endsWithTable, findLastOutputLine, NO_DATA, stripTrailingLogLines } from './log-lines.ts';
import { getOutputPatterns, type OutputPatterns } from './output-patterns.ts';
import { type CliStreams, stripAnsi } from './streams.ts';

/** What the streams hold that a verdict can be read from. */
export interface Evidence {
  readonly failure: FailureEvidence | undefined;
  /** What shows that the command printed its whole answer, in words. */
  readonly successEvidence: string | undefined;
  /** Airflow says that there was nothing to do. */
  readonly nothingMatched: boolean;
  /** There is something in the list that was asked for. */
  readonly hasRows: boolean;
  /** When it succeeds this command prints something that would be an answer. */
  readonly expectsOutput: boolean;
  /** The JSON list in standard output. */
  readonly output: readonly object[] | undefined;
}

/** Finds what the streams show of how the command ended. Values of fields are never evidence. */
export function findEvidence(invocation: Invocation, streams: CliStreams): Evidence {
  const phrases = resolveOutputPatterns(invocation);
  const stdout = stripTrailingLogLines(stripAnsi(streams.stdout));
  // JavaScript takes two more characters for line ends than Python, of which `.` stands for neither.
  const said = findLastOutputLine(stdout).replace(/[\u2028\u2029]/g, ' ');
  const format = getOutputFormat(invocation);
  const output = format === 'json' ? findJsonOutput(stdout, phrases.jsonShapes, phrases.neverEmpty ? 1 : 0) : undefined;
  const table = format === 'table' && endsWithTable(stdout);
  const empty = format !== undefined && said === NO_DATA;
  const line = phrases.success?.test(said) === true;
  const partly = line && phrases.requiresLineEnd === true && !stdout.endsWith('\n');
  const nothing = phrases.nothingMatched?.test(said) === true;
  const answers: readonly (readonly [there: boolean, what: string])[] = [
    [nothing, 'Airflow says that nothing matched'],
    [empty, 'Airflow says that there is nothing to list'],
    [output !== undefined, 'the JSON this command prints when it succeeds'],
    [table, 'the table this command prints when it succeeds, to its end'],
    [line && !partly, 'the line this command prints when it succeeds'],
    [phrases.listHeading?.test(stdout) === true && stdout.endsWith('\n\n'), 'the list this command prints, to its end'],
  ];
  const refusedAloud = phrases.refusedOnStdout?.test(said)
    ? { description: 'the line this command prints when it refuses', isFinal: true }
    : undefined;
  return {
    failure: findFailureEvidence(stripAnsi(streams.stderr), phrases.refusedOnStderr) ?? refusedAloud,
    successEvidence: answers.find(([there]) => there)?.[1],
    nothingMatched: nothing,
    hasRows: table || (output?.length ?? 0) > 0,
    expectsOutput:
      format === 'json' ||
      format === 'table' ||
      (said === ''
        ? isOutputRequired(phrases, format)
        : format === undefined && phrases.success !== undefined && !partly),
    output,
  };
}

/** Whether silence is no success. */
function isOutputRequired(
  { success, alwaysPrints, maySucceedSilently }: OutputPatterns,
  format: string | undefined,
): boolean {
  return format !== undefined || alwaysPrints === true || (success !== undefined && !maySucceedSilently);
}

/** The form of the output: as asked for, Airflow's default, or undefined for a command that has but one. */
function getOutputFormat(invocation: Invocation): string | undefined {
  const option = findOption(invocation.command, '--output');
  return option && (getArgumentValue(invocation, '--output') ?? 'table');
}

/** What the command prints with the options that were given. */
function resolveOutputPatterns(invocation: Invocation): OutputPatterns {
  const { jsonShapes, success, ...others } = getOutputPatterns(invocation.command.path);
  const columns = getArgumentValue(invocation, '--columns')?.split(',');
  const given = new Set([...invocation.values.keys()].flatMap(({ flags }) => flags ?? []));
  const says = !others.optionsWithoutSuccessLine?.some((option) => given.has(option));
  return {
    ...others,
    ...(jsonShapes
      ? { jsonShapes: columns ? jsonShapes.map((keys) => keys.filter((key) => columns.includes(key))) : jsonShapes }
      : {}),
    ...(success && says ? { success } : {}),
  };
}
