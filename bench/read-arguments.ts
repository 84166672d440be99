import { parseArgs } from 'node:util';

/** What `npm run bench` is asked for. */
export interface BenchArguments {
  readonly parts: readonly string[];
  /** Undefined: as many as each part has by default. */
  readonly rounds: number | undefined;
}

/**
 * Reads the arguments of `npm run bench`.
 *
 * @param names all parts
 * @throws Error that says what to write
 */
export function readArguments(args: readonly string[], names: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`Unknown parts: ${unknown.join(', ')}. Use ${names.join(', ')}.`);
  if (values.rounds !== undefined && !/^[1-9]\d{0,5}$/.test(values.rounds)) {
    throw new Error(`--rounds must be a whole number of at least 1, not "${values.rounds}".`);
  }
  return {
    parts: positionals.length > 0 ? [...new Set(positionals)] : names,
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  };
}
