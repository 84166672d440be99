import type { Invocation } from '../../airflow/invocation.ts';
import { isAlreadyAbsent, isAlreadyPresent, isDeletionOf } from '../../airflow/settled-commands.ts';
import type { CliStreams } from '../../airflow/streams.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import { mayHaveRun, PROBLEM_HANDLING } from './problem-handling.ts';

/** A command that is ready to run. */
export interface ReadyCommand {
  /** As it is written, without secrets. */
  readonly text: string;
  readonly argv: readonly string[];
  readonly invocation: Invocation;
  /** What makes two triggers the same trigger. */
  readonly idempotencyKey: string;
}

/** What became of one try. */
export type Attempt =
  | { readonly kind: 'done'; readonly outcome: string; readonly runId?: string; readonly notes?: readonly string[] }
  | {
      readonly kind: 'problem';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly streams?: CliStreams;
      readonly retryAfterSeconds?: number;
    };

export interface RunCommandsContext {
  /** Sends one command. It ends before the deadline. */
  attempt(command: ReadyCommand, deadline: number): Promise<Attempt>;
  /** When the last command must have ended, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A random number, at least 0 and less than 1. */
  random(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

export interface CommandResult {
  readonly text: string;
  readonly outcome: string;
  readonly runId?: string;
  /** What Airflow did otherwise than it seems: codes of `docs/api.md`. */
  readonly notes?: readonly string[];
}

export interface CommandFailure {
  readonly index: number;
  readonly code: ProblemCode | 'no-time-left';
  readonly detail: string;
  /** It may have changed something in Airflow. */
  readonly mayHaveRun: boolean;
}

export interface RunResult {
  /** The commands that ran, in their order. After a return to a deletion, also those behind the command that ended the run. */
  readonly results: readonly CommandResult[];
  /** The command that ended the run. */
  readonly failure?: CommandFailure;
  /** How many commands, counted from the first, may have changed something. */
  readonly ran: number;
}

/** No command is started with less time: it would be cut off, and its outcome would be unknown. */
export const MIN_COMMAND_MS = 15_000;
/** How long to repeat a command after a problem other than a busy environment. */
const REPEAT_MS = 300_000;
const MAX_PAUSE_MS = 20_000;
/** An answer that shows no outcome is probably the same the next time. */
const MAX_UNCLEAR = 3;
/** How often to go back to a deletion. */
const MAX_RETURNS = 2;

/**
 * Runs commands one after another, until one fails. Repeats a command while a repeat may help: every command is harmless to repeat, or a
 * trigger with a key.
 */
export async function runCommands(commands: readonly ReadyCommand[], context: RunCommandsContext): Promise<RunResult> {
  const results: CommandResult[] = [];
  let returns = 0;
  for (let index = 0; index < commands.length; index += 1) {
    const command = commands[index]!;
    const { attempt, wasUnknown } = await runWithRepeats(command, context);
    if (attempt.kind === 'done') {
      const { kind: _, ...done } = attempt;
      results[index] = { text: command.text, ...done };
      continue;
    }
    const { code, detail, streams } = attempt;
    const isOurs = wasUnknown && streams !== undefined && isAlreadyPresent(command.invocation, streams);
    const deletion = isOurs ? findDeletionBefore(commands, index) : undefined;
    if (deletion !== undefined && returns < MAX_RETURNS) {
      // The try with the unknown outcome has created it, or somebody else has. Either way it is deleted and created again.
      returns += 1;
      index = deletion - 1;
      continue;
    }
    const failure = {
      index,
      code,
      detail: isOurs ? `${detail} ${CREATED_BY_WHOM}` : detail,
      mayHaveRun: !isOurs && (wasUnknown || (code !== 'no-time-left' && mayHaveRun(code))),
    };
    // After a return, commands behind this one have run as well: `results` still has them.
    return { results, failure, ran: Math.max(results.length, index + Number(failure.mayHaveRun)) };
  }
  return { results, ran: results.length };
}

const CREATED_BY_WHOM =
  'An earlier try of this deployment had an unknown outcome and may have created it. To make the command repeatable, put a command that ' +
  'deletes it before this one.';

/** The last command before a command that deletes what it creates. */
function findDeletionBefore(commands: readonly ReadyCommand[], index: number): number | undefined {
  const { invocation: creation } = commands[index]!;
  const found = commands.slice(0, index).findLastIndex(({ invocation }) => isDeletionOf(invocation, creation));
  return found === -1 ? undefined : found;
}

type FinalAttempt =
  | Extract<Attempt, { kind: 'done' }>
  | (Omit<Extract<Attempt, { kind: 'problem' }>, 'code'> & { readonly code: ProblemCode | 'no-time-left' });

async function runWithRepeats(
  command: ReadyCommand,
  { attempt: send, deadline, now, random, sleep }: RunCommandsContext,
): Promise<{ attempt: FinalAttempt; wasUnknown: boolean }> {
  /** When it first ended with a problem other than a busy environment. */
  let troubledAt: number | undefined;
  let wasUnknown = false;
  let unclear = 0;
  let last: Extract<Attempt, { kind: 'problem' }> | undefined;
  for (let tries = 0; ; tries += 1) {
    if (deadline - now() < MIN_COMMAND_MS) return { attempt: last ?? NO_TIME_LEFT, wasUnknown };
    const attempt = await send(command, deadline);
    if (attempt.kind === 'done') return { attempt, wasUnknown };
    const { code, streams } = attempt;
    if (code === 'command-failed' && streams !== undefined && isAlreadyAbsent(command.invocation, streams))
      return { attempt: { kind: 'done', outcome: 'already-absent' }, wasUnknown };
    wasUnknown ||= mayHaveRun(code);
    if (code === 'outcome-unclear') unclear += 1;
    if (PROBLEM_HANDLING[code] === 'stop' || unclear === MAX_UNCLEAR) return { attempt, wasUnknown };
    const pauseMs = Math.max(
      (attempt.retryAfterSeconds ?? 0) * 1000,
      Math.min(MAX_PAUSE_MS, 1000 * 2 ** tries) * (0.5 + random() / 2),
    );
    if (code !== 'busy') troubledAt ??= now();
    const end = code === 'busy' ? deadline : Math.min(deadline, (troubledAt ?? now()) + REPEAT_MS);
    if (now() + pauseMs > end) return { attempt, wasUnknown };
    last = attempt;
    await sleep(pauseMs);
  }
}

const NO_TIME_LEFT = {
  kind: 'problem',
  code: 'no-time-left',
  detail:
    'It was not started, because there is too little time left. Use fewer commands, or set ServiceTimeout to a longer time.',
} as const;
