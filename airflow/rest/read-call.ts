import { isJsonObject } from '../parse-json.ts';
import type { OperationCall } from './parse-call.ts';

/**
 * Reads the query parameters and the members of the body of a call by name, and remembers which. `null` counts as absent. A value of
 * another type than asked for makes the call incomplete.
 */
export interface CallReader {
  readonly path: Readonly<Record<string, string | undefined>>;
  text(name: string): string | undefined;
  boolean(name: string): boolean | undefined;
  /** The digits. */
  integer(name: string): string | undefined;
  /** The JSON text of an object. */
  object(name: string): string | undefined;
  /** A list of texts. */
  texts(name: string): readonly string[] | undefined;
  /** Any value, as it is. */
  value(name: string): unknown;
  /** Whether the call has the member, also as `null`. */
  has(name: string): boolean;
  /** Accounts for values that only select or order what a command shows. */
  accept(...names: string[]): void;
  /** Makes the call incomplete. */
  fail(): undefined;
  /** Whether every value was read or accepted. */
  isComplete(): boolean;
}

/** @returns undefined if the body is neither an object nor absent, or if `~` stands for every DAG or run */
export function readCall({ path, query, body }: OperationCall): CallReader | undefined {
  if (body !== undefined && body !== null && !isJsonObject(body)) return undefined;
  if ([path.dag_id, path.dag_run_id, body?.dag_id].includes('~')) return undefined;
  const values = new Map<string, unknown>([...Object.entries(body ?? {}), ...Object.entries(query)]);
  const unread = new Set([...values.keys()].filter((name) => values.get(name) !== null));
  let failed = false;
  const fail = (): undefined => {
    failed = true;
    return undefined;
  };
  const value = (name: string): unknown => {
    unread.delete(name);
    return values.get(name) ?? undefined;
  };
  const read = <T>(name: string, convert: (value: unknown) => T | undefined): T | undefined => {
    const given = value(name);
    return given === undefined ? undefined : (convert(given) ?? fail());
  };
  return {
    path,
    value,
    text: (name) => read(name, (given) => (typeof given === 'string' ? given : undefined)),
    boolean: (name) =>
      read(name, (given) => {
        if (typeof given === 'boolean') return given;
        return given === 'true' || given === 'false' ? given === 'true' : undefined;
      }),
    integer: (name) =>
      read(name, (given) => {
        const digits = typeof given === 'string' ? given : JSON.stringify(given);
        return /^-?\d{1,18}$/.test(digits) ? digits : undefined;
      }),
    object: (name) => read(name, (given) => (isJsonObject(given) ? JSON.stringify(given) : undefined)),
    texts: (name) => read(name, (given) => (isTexts(given) ? given : undefined)),
    has: (name) => values.has(name),
    accept: (...names) => {
      for (const name of names) unread.delete(name);
    },
    fail,
    isComplete: () => !failed && unread.size === 0,
  };
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
