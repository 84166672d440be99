import { stripAnsi } from './streams.ts';

/** The release in the output of the command `version`, as in `2.10.3`, or undefined. Other code may print numbers before it. */
export const parseVersionOutput = (stdout: string): string | undefined =>
  stripAnsi(stdout)
    .match(/^\d+\.\d+\.\d+/gm)
    ?.at(-1);
