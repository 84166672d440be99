import { optionNamed } from './catalogue.ts';
import { type Failure, failureIn } from './failure.ts';
import { argumentValue, type Invocation } from './invocation.ts';
import { findOutput } from './output.ts';
import { type Phrases, phrasesOf } from './phrases.ts';
import { endsInTable, lastLine, NO_DATA, withoutTrailingLogs } from './printed.ts';
import { type Streams, withoutAnsi } from './streams.ts';

/** What the streams hold that a verdict can be read from. */
export interface Evidence {
  readonly failure: Failure | undefined;
  /** What shows that the command printed its whole answer, in words. */
  readonly answer: string | undefined;
  /** Airflow says that there was nothing to do. */
  readonly nothing: boolean;
  /** There is something in the list that was asked for. */
  readonly rows: boolean;
  /** When it succeeds this command prints something that would be an answer. */
  readonly speaks: boolean;
  /** The JSON list in standard output. */
  readonly output: readonly object[] | undefined;
}

/** Finds what the streams show of how the command ended. Values of fields are never evidence. */
export function evidenceIn(invocation: Invocation, streams: Streams): Evidence {
  const phrases = phrasesFor(invocation);
  const stdout = withoutTrailingLogs(withoutAnsi(streams.stdout));
  // JavaScript takes two more characters for line ends than Python, of which `.` stands for neither.
  const said = lastLine(stdout).replace(/[\u2028\u2029]/g, ' ');
  const format = formatOf(invocation);
  const output = format === 'json' ? findOutput(stdout, phrases.shapes, phrases.someRows ? 1 : 0) : undefined;
  const table = format === 'table' && endsInTable(stdout);
  const empty = format !== undefined && said === NO_DATA;
  const line = phrases.done?.test(said) === true;
  const partly = line && phrases.whole === true && !stdout.endsWith('\n');
  const nothing = phrases.nothing?.test(said) === true;
  const answers: readonly (readonly [there: boolean, what: string])[] = [
    [nothing, 'Airflow says that nothing matched'],
    [empty, 'Airflow says that there is nothing to list'],
    [output !== undefined, 'the JSON this command prints when it succeeds'],
    [table, 'the table this command prints when it succeeds, to its end'],
    [line && !partly, 'the line this command prints when it succeeds'],
    [phrases.heading?.test(stdout) === true && stdout.endsWith('\n\n'), 'the list this command prints, to its end'],
  ];
  const refusedAloud = phrases.refusedAloud?.test(said)
    ? { what: 'the line this command prints when it refuses', last: true }
    : undefined;
  return {
    failure: failureIn(withoutAnsi(streams.stderr), phrases.refused) ?? refusedAloud,
    answer: answers.find(([there]) => there)?.[1],
    nothing,
    rows: table || (output?.length ?? 0) > 0,
    speaks:
      format === 'json' ||
      format === 'table' ||
      (said === '' ? printsAlways(phrases, format) : format === undefined && phrases.done !== undefined && !partly),
    output,
  };
}

/** Whether silence is no success. */
function printsAlways({ done, prints, silentToo }: Phrases, format: string | undefined): boolean {
  return format !== undefined || prints === true || (done !== undefined && !silentToo);
}

/** The form of the output: as asked for, Airflow's default, or undefined for a command that has but one. */
function formatOf(invocation: Invocation): string | undefined {
  const option = optionNamed(invocation.command, '--output');
  return option && (argumentValue(invocation, '--output') ?? 'table');
}

/** What the command prints with the options that were given. */
function phrasesFor(invocation: Invocation): Phrases {
  const { shapes, done, ...others } = phrasesOf(invocation.command.path);
  const columns = argumentValue(invocation, '--columns')?.split(',');
  const given = new Set([...invocation.values.keys()].flatMap(({ flags }) => flags ?? []));
  const says = !others.doneWithout?.some((option) => given.has(option));
  return {
    ...others,
    ...(shapes ? { shapes: columns ? shapes.map((keys) => keys.filter((key) => columns.includes(key))) : shapes } : {}),
    ...(done && says ? { done } : {}),
  };
}
