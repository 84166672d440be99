import type { Problem } from '../../contract/problem.ts';

/** Describes the unexpected error behind an `internal-error` for the log: its name and where it was thrown, without its message. */
export function describeInternalError({ code, cause }: Problem): string | undefined {
  if (code !== 'internal-error' || !(cause instanceof Error)) return undefined;
  const frame = cause.stack?.split('\n').find((line) => line.startsWith('    at '));
  return frame === undefined ? cause.name : `${cause.name} ${frame.trim()}`;
}

/** Why a command could not be parsed, for the log. Without the message, which may repeat values. */
export const describeRefusal = ({ data }: Problem): { refusal?: string } =>
  typeof data.refusal === 'string' ? { refusal: data.refusal } : {};
