import { NOTE_TEXTS } from '../../airflow/note-texts.ts';
import type { VerdictNote } from '../../airflow/verdict.ts';
import { QUIET_KINDS, QUIET_NOTES } from '../airflow/print-streams.ts';
import type { CommandResult, ProblemDetails, SplitCommandResult, StreamMessage } from '../library/api-types.ts';
import { keepEnd } from './code-blocks.ts';
import type { Pipeline } from './pipeline.ts';

const MAX_PRINTED_CHARACTERS = 60_000;
const MIN_MASKED_CHARACTERS = 4;

export type StepResult = CommandResult | SplitCommandResult;

/**
 * What the command was run for. A relay of an older version returns the streams. If an earlier request has started the run, the proxy has
 * looked it up, and Airflow's answer to this request says only that it exists.
 */
export function getAnswer(result: StepResult): string {
  if (result.replayed) return JSON.stringify(result.output);
  return ('answer' in result ? result.answer : result.stdout).replace(/\r?\n$/, '');
}

/** The state of the run that an earlier request has started. */
export const getReplayedState = ({ output }: StepResult): unknown =>
  Array.isArray(output) ? (output[0] as { state?: unknown } | undefined)?.state : undefined;

/** @param printsOutput if not, what the command printed is hidden, as a secret */
export function printResult(pipeline: Pipeline, result: StepResult, printsOutput: boolean): void {
  const { outcome, runId, replayed, notes = [] } = result;
  const origin = replayed ? ' (an earlier request with the same key started it)' : '';
  pipeline.print(`Airflow: ${outcome}${runId === undefined ? '' : `, run ${runId}${origin}`}`);
  if (printsOutput) printStreams(pipeline, result);
  // A mask is one line. The runner would mask very short ones everywhere.
  else
    for (const line of getAnswer(result).split('\n'))
      if (line.trim().length >= MIN_MASKED_CHARACTERS) pipeline.mask(line.trim());
  for (const note of notes) {
    if (!QUIET_NOTES.includes(note)) pipeline.warn(NOTE_TEXTS[note as VerdictNote] ?? note);
  }
  if (outcome === 'unverified')
    pipeline.print('Airflow printed nothing that shows whether the command succeeded: the outcome is unverified.');
}

function printStreams(pipeline: Pipeline, result: StepResult): void {
  const messages = 'messages' in result && !result.replayed ? result.messages : [];
  const shown = messages.filter(({ kind }) => result.outcome === 'failed' || !QUIET_KINDS.includes(kind));
  const text = [getAnswer(result), ...shown.map((message) => message.text.trimEnd())].join('\n');
  if (text.trim() !== '') pipeline.print(keepEnd(text, MAX_PRINTED_CHARACTERS));
}

interface PrintedMembers {
  readonly answer?: string;
  readonly messages?: readonly StreamMessage[];
}

/** What Airflow printed before a problem. Undefined: nothing. */
export function getPrinted(problem: (ProblemDetails & PrintedMembers) | undefined): string | undefined {
  if (problem === undefined) return undefined;
  const { answer, messages = [], stdout = '', stderr = '' } = problem;
  const texts = [answer ?? stdout, ...messages.map(({ text }) => text), stderr].map((text) => text.trimEnd());
  const printed = texts.filter((text) => text !== '').join('\n');
  return printed === '' ? undefined : keepEnd(printed, MAX_PRINTED_CHARACTERS);
}
