/** One recorded command. Words and streams may hold placeholders for what a caller chooses anew each time. */
export interface Recorded {
  readonly words: readonly string[];
  readonly exitCode: number | null;
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
