/**
 * How the streams of a command are printed. `quiet` and `all`: the answer on standard output, everything else on standard error, with
 * or without notices and warnings. `raw`: both streams as Airflow printed them.
 */
export type StreamMode = 'quiet' | 'all' | 'raw';

export const STREAM_MODES: readonly StreamMode[] = ['quiet', 'all', 'raw'];
