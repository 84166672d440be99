/** A recorded command. Words and streams may contain placeholders for values that a caller chooses for each command. */
export interface RecordedCommand {
  /** Name of the scene in `tools/recordings/scenes.ts`, which determines the DAG files. */
  readonly scene: string;
  readonly words: readonly string[];
  /** null if a signal ended it. */
  readonly exitCode: number | null;
  /** The share of its output after which it was killed. */
  readonly killedAfter?: number;
  /** The signal that killed it, without `SIG`. SIGKILL if it is not named. */
  readonly signal?: string;
  /** What the hostile DAG file or plugin did, see `tools/recordings/hostile/dags/hostile_behavior.py`. */
  readonly behavior?: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The recorded commands of one release: `transcripts/<release>.json`, written by `tools/recordings/record.ts`. */
export interface Transcript {
  readonly release: string;
  readonly recorded: readonly RecordedCommand[];
}

/** The file of a release's transcript. */
export function getTranscriptFile(release: string): URL {
  return new URL(`transcripts/${release}.json`, import.meta.url);
}

/** The placeholders, with the values that were used for the recording. */
export const RECORDED_VALUES = {
  '<run-id>': 'recorded-run',
  '<conf>': '{"recorded": "conf"}',
  '<logical-date>': '2026-01-02T00:00:00+00:00',
} as const;

export type Placeholder = keyof typeof RECORDED_VALUES;
export const PLACEHOLDERS = Object.keys(RECORDED_VALUES) as Placeholder[];

/** A part of a stream in the file: a line, the index of a line in `lines`, or elided lines. */
type StreamPiece = string | number | ElidedLines;

/** Stands for a number of similar lines. Expands to the lines in `like`, repeated. */
interface ElidedLines {
  readonly elidedLines: number;
  readonly like: readonly string[];
}

interface StoredCommand extends Omit<RecordedCommand, 'stdout' | 'stderr'> {
  readonly stdout: readonly StreamPiece[];
  readonly stderr: readonly StreamPiece[];
}

interface StoredTranscript {
  readonly release: string;
  /** Lines that occur more than once. */
  readonly lines: readonly string[];
  readonly recorded: readonly StoredCommand[];
}

/** The middle of streams with more lines is elided. */
const MAX_LINES = 400;
const KEPT_LINES = 100;
const SAMPLE_LINES = 20;
const MIN_SHARED_LENGTH = 40;

/** Formats a transcript: one command per line, each repeated line once, the middle of very long streams elided. */
export function formatTranscript({ release, recorded }: Transcript): string {
  const streams = recorded.map(({ stdout, stderr }) => [shortenStream(stdout), shortenStream(stderr)] as const);
  const count = new Map<string, number>();
  for (const piece of streams.flat(2)) {
    if (typeof piece === 'string' && piece.length >= MIN_SHARED_LENGTH) count.set(piece, (count.get(piece) ?? 0) + 1);
  }
  const lines = [...count].filter(([, times]) => times > 1).map(([line]) => line);
  const numbers = new Map(lines.map((line, number) => [line, number]));
  const shared = (pieces: readonly StreamPiece[]) =>
    pieces.map((piece) => (typeof piece === 'string' ? (numbers.get(piece) ?? piece) : piece));
  const stored = recorded.map((entry, index) => ({
    ...entry,
    stdout: shared(streams[index]?.[0] ?? []),
    stderr: shared(streams[index]?.[1] ?? []),
  }));
  const list = (values: readonly unknown[]) => `[\n${values.map((value) => JSON.stringify(value)).join(',\n')}\n]`;
  return `{\n"release": ${JSON.stringify(release)},\n"lines": ${list(lines)},\n"recorded": ${list(stored)}\n}\n`;
}

function shortenStream(stream: string): readonly StreamPiece[] {
  const lines = stream.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (lines.length <= MAX_LINES) return lines;
  const middle = lines.slice(KEPT_LINES, -KEPT_LINES);
  const elided = { elidedLines: middle.length, like: middle.slice(0, SAMPLE_LINES) };
  return [...lines.slice(0, KEPT_LINES), elided, ...lines.slice(-KEPT_LINES)];
}

/** Parses the text of a transcript. */
export function parseTranscript(text: string): Transcript {
  const { release, lines, recorded } = JSON.parse(text) as StoredTranscript;
  const expand = (pieces: readonly StreamPiece[]) => pieces.map((piece) => expandPiece(piece, lines)).join('');
  return {
    release,
    recorded: recorded.map((command) => ({
      ...command,
      stdout: expand(command.stdout),
      stderr: expand(command.stderr),
    })),
  };
}

function expandPiece(piece: StreamPiece, lines: readonly string[]): string {
  if (typeof piece === 'string') return piece;
  if (typeof piece === 'number') return lines[piece] ?? '';
  const { elidedLines, like } = piece;
  return Array.from({ length: elidedLines }, (_, index) => like[index % like.length]).join('');
}
