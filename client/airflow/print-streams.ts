import { NOTE_TEXTS } from '../../airflow/note-texts.ts';
import type { KnownVerdict, SplitStreams } from '../../airflow/split-answer.ts';
import type { RecordKind } from '../../airflow/stream-records.ts';
import type { CliStreams } from '../../airflow/streams.ts';
import type { VerdictNote } from '../../airflow/verdict.ts';
import type { CommandResult, SplitCommandResult } from '../library/api-types.ts';
import type { StreamMode } from '../stream-mode.ts';
import type { CommandOutput } from './command-output.ts';

/** What a command that succeeded does not show unless it is asked to. */
export const QUIET_KINDS: readonly RecordKind[] = ['notice', 'warning'];

/** Notes that say nothing about this result: the command prints the same every time. */
export const QUIET_NOTES: readonly string[] = ['success-either-way', 'no-logical-date'];

/** What Airflow's formatter of colors left behind. It changes nothing before a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with a control character
const LEADING_RESETS = /^(?:\u001b\[0?m)+/;

/** The members of a result or problem that contain what was printed. Which ones it has depends on the request and on the relay. */
export type PrintedMembers = Partial<CliStreams> & Partial<SplitStreams>;

/** Prints the streams of a result, and its notes. */
export async function printResult(
  argv: readonly string[],
  result: CommandResult | SplitCommandResult,
  mode: StreamMode,
  output: CommandOutput,
): Promise<void> {
  const isQuiet = mode === 'quiet' && result.outcome !== 'failed';
  if (mode === 'raw') printRawStreams(result, output);
  else {
    // The proxy writes every option in its long spelling.
    const words = result.command?.some((word) => word.startsWith('--output=')) ? result.command : argv;
    printSplitStreams(
      await splitStreams(words, result, { isNormalResult: true, output: result.output }),
      isQuiet,
      output,
    );
  }
  printNotes(result, mode, output.printMessage);
}

/** Prints what the verdict says about a result, one line for each note. A newer proxy may send notes without a text here. */
export function printNotes(
  { notes = [] }: Pick<CommandResult, 'notes'>,
  mode: StreamMode,
  printMessage: CommandOutput['printMessage'],
): void {
  for (const note of notes) {
    if (mode === 'all' || !QUIET_NOTES.includes(note))
      printMessage(Object.hasOwn(NOTE_TEXTS, note) ? NOTE_TEXTS[note as VerdictNote] : note);
  }
}

/** Prints the streams of a command that failed or whose outcome is unclear: nothing is left out. */
export async function printFailure(
  argv: readonly string[],
  printed: PrintedMembers,
  mode: StreamMode,
  output: CommandOutput,
): Promise<void> {
  if (mode === 'raw') printRawStreams(printed, output);
  else printSplitStreams(await splitStreams(argv, printed, { isNormalResult: false }), false, output);
}

/** The relay splits the streams. A direct client, or one with a relay of an older version, does it itself. */
async function splitStreams(
  argv: readonly string[],
  printed: PrintedMembers,
  verdict: KnownVerdict,
): Promise<SplitStreams> {
  const { answer, messages = [], stdout, stderr } = printed;
  if (answer !== undefined) return { answer, messages };
  if (!stdout && !stderr) return { answer: '', messages };
  const { splitAnswer } = await import('../../airflow/split-answer.ts');
  return splitAnswer(argv, printed, verdict);
}

function printRawStreams({ stdout = '', stderr = '' }: PrintedMembers, output: CommandOutput): void {
  output.stdout(stdout);
  output.stderr(stderr);
}

function printSplitStreams({ answer, messages }: SplitStreams, isQuiet: boolean, output: CommandOutput): void {
  output.stdout(answer);
  const texts = isQuiet
    ? messages.filter(({ kind }) => !QUIET_KINDS.includes(kind)).map(({ text }) => text.replace(LEADING_RESETS, ''))
    : messages.map(({ text }) => text);
  output.stderr(texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join(''));
}
