/** One recorded command. Words and streams may hold placeholders for what a caller chooses anew each time. */
export interface Recorded {
  /** Which DAG files there were: `recording/script.ts`. */
  readonly scene: string;
  readonly words: readonly string[];
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** Killed once this share of its output was written. */
  readonly killedAfter?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The recorded commands of one release: `transcripts/<release>.json`, written by `record.ts`. */
export interface Transcript {
  readonly release: string;
  readonly recorded: readonly Recorded[];
}

/** Where one release's transcript lies. */
export function transcriptFile(release: string): URL {
  return new URL(`transcripts/${release}.json`, import.meta.url);
}

/** What a caller chooses, by placeholder, with the value the recording was made with. */
export const RECORDED_VALUES = {
  '<run-id>': 'recorded-run',
  '<conf>': '{"recorded": "conf"}',
  '<logical-date>': '2026-01-02T00:00:00+00:00',
} as const;

export type Placeholder = keyof typeof RECORDED_VALUES;
export const PLACEHOLDERS = Object.keys(RECORDED_VALUES) as Placeholder[];

/** A piece of a stream in the file: a line, the number of one in `lines`, or what was left out, counted in lines. */
type Piece = string | number | Elided;

/** Read as so many lines of the same kind: the given ones, over and over. */
interface Elided {
  readonly elidedLines: number;
  readonly like: readonly string[];
}

interface Stored extends Omit<Recorded, 'stdout' | 'stderr'> {
  readonly stdout: readonly Piece[];
  readonly stderr: readonly Piece[];
}

interface StoredTranscript {
  readonly release: string;
  /** Lines that stand in more than one place, once. */
  readonly lines: readonly string[];
  readonly recorded: readonly Stored[];
}

/** Streams of more lines are kept without their middle. */
const MOST_LINES = 400;
const KEPT_LINES = 100;
const KINDS_OF_LINES = 20;
const WORTH_SHARING = 40;

/** The text of a transcript's file: a command a line, each repeated line once, the middle of very long streams left out. */
export function pack({ release, recorded }: Transcript): string {
  const streams = recorded.map(({ stdout, stderr }) => [shortened(stdout), shortened(stderr)] as const);
  const count = new Map<string, number>();
  for (const piece of streams.flat(2)) {
    if (typeof piece === 'string' && piece.length >= WORTH_SHARING) count.set(piece, (count.get(piece) ?? 0) + 1);
  }
  const lines = [...count].filter(([, times]) => times > 1).map(([line]) => line);
  const numbers = new Map(lines.map((line, number) => [line, number]));
  const shared = (pieces: readonly Piece[]) =>
    pieces.map((piece) => (typeof piece === 'string' ? (numbers.get(piece) ?? piece) : piece));
  const stored = recorded.map((entry, index) => ({
    ...entry,
    stdout: shared(streams[index]?.[0] ?? []),
    stderr: shared(streams[index]?.[1] ?? []),
  }));
  const list = (values: readonly unknown[]) => `[\n${values.map((value) => JSON.stringify(value)).join(',\n')}\n]`;
  return `{\n"release": ${JSON.stringify(release)},\n"lines": ${list(lines)},\n"recorded": ${list(stored)}\n}\n`;
}

function shortened(stream: string): readonly Piece[] {
  const lines = stream.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (lines.length <= MOST_LINES) return lines;
  const middle = lines.slice(KEPT_LINES, -KEPT_LINES);
  const elided = { elidedLines: middle.length, like: middle.slice(0, KINDS_OF_LINES) };
  return [...lines.slice(0, KEPT_LINES), elided, ...lines.slice(-KEPT_LINES)];
}

/** Reads a transcript's file. */
export function unpack(text: string): Transcript {
  const { release, lines, recorded } = JSON.parse(text) as StoredTranscript;
  const read = (pieces: readonly Piece[]) => pieces.map((piece) => textOf(piece, lines)).join('');
  return {
    release,
    recorded: recorded.map((entry) => ({ ...entry, stdout: read(entry.stdout), stderr: read(entry.stderr) })),
  };
}

function textOf(piece: Piece, lines: readonly string[]): string {
  if (typeof piece === 'string') return piece;
  if (typeof piece === 'number') return lines[piece] ?? '';
  const { elidedLines, like } = piece;
  return Array.from({ length: elidedLines }, (_, index) => like[index % like.length]).join('');
}
