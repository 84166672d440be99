import { stripAnsi } from './streams.ts';

/** The release in the output of the command `version`, as in `2.10.3`, or undefined. */
export const parseVersionOutput = (stdout: string): string | undefined =>
  /^\d+\.\d+\.\d+/m.exec(stripAnsi(stdout))?.[0];
