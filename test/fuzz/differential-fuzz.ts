import type { Argument, Catalog } from '../../airflow/catalog.ts';
import { completeInvocation } from '../../airflow/complete-invocation.ts';
import { findCommand } from '../../airflow/find-command.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { isJsonArgument } from '../../airflow/json-arguments.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { renderArgv, renderCommandLine } from '../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import { createCommandPicker, generateArgv } from './generate-argv.ts';
import { mutateArgv, quoteRandomly } from './mutate-argv.ts';
import { createRandom, type Random } from './random.ts';
import type { RealParser } from './real-parser.ts';
import { splitWithShell } from './split-with-shell.ts';

/** The code under test. A test replaces it to plant a defect. */
export interface CommandCore {
  parse(catalog: Catalog, argv: readonly string[]): Invocation;
  render(invocation: Invocation): string;
}

/** A difference between the project and Airflow, with the facts that show it. */
export interface FuzzBug {
  readonly kind: string;
  readonly argv: readonly string[];
  readonly commandLine?: string;
  readonly facts: Record<string, unknown>;
}

export interface FuzzCounts {
  argvs: number;
  /** Both accept the argv with the same values, and Airflow reads the rendered command line alike. */
  same: number;
  /** Accepted by the project; Airflow rejects a value that only it can validate. */
  leftToAirflow: number;
  bothReject: number;
  /** Rejected by the project although Airflow's parser accepts it, by class of refusal. */
  readonly rejected: Record<string, { count: number; example: readonly string[] }>;
}

export interface FuzzReport {
  /** Argvs as a person might write them. */
  readonly plain: FuzzCounts;
  /** The same argvs after hostile mutations. */
  readonly hostile: FuzzCounts;
  readonly bugs: FuzzBug[];
  bugCount: number;
}

interface FuzzCase {
  readonly argv: readonly string[];
  readonly counts: FuzzCounts;
  /** Present if the project accepted the argv, as is `renderedArgv`. */
  readonly commandLine?: string;
  readonly renderedArgv?: readonly string[];
  /** Present if the project rejected the argv. */
  readonly refusal?: Refusal;
  /** Present if the project threw anything else. */
  readonly crash?: unknown;
  /** The case as JSON for `real_parser.py`, which describes its members. */
  readonly request: string;
}

const BATCH_SIZE = 2000;
const MAX_REPORTED_BUGS = 10;

/** Generates argvs for a release and compares how the project, that release's own parser and `sh` read them. */
export async function runDifferentialFuzz(
  catalog: Catalog,
  parser: RealParser,
  options: { count: number; seed: number; core?: CommandCore; onProgress?: (argvs: number) => void },
): Promise<FuzzReport> {
  const report: FuzzReport = { plain: createCounts(), hostile: createCounts(), bugs: [], bugCount: 0 };
  const core = options.core ?? { parse: parseInvocation, render: renderCommandLine };
  const generateCase = createCaseGenerator(catalog, createRandom(options.seed), report, core);
  let comparison: Promise<void> = Promise.resolve();
  for (let done = 0; done < options.count; done += BATCH_SIZE) {
    const batch = Array.from({ length: Math.min(BATCH_SIZE, options.count - done) }, generateCase);
    const results = parser.parseBatch(batch.map(({ request }) => request));
    const shellArgvs = splitWithShell(batch.flatMap(({ commandLine }) => commandLine ?? []));
    // Batches are compared in order, each while the next one is generated.
    comparison = Promise.all([comparison, results, shellArgvs]).then(([, realResults, shellResults]) => {
      compareBatch(batch, realResults, shellResults, report);
      options.onProgress?.(done + batch.length);
    });
    await results;
  }
  await comparison;
  return report;
}

const createCounts = (): FuzzCounts => ({ argvs: 0, same: 0, leftToAirflow: 0, bothReject: 0, rejected: {} });

/** Returns a function that generates plain argvs and mutated argvs in turn. */
function createCaseGenerator(catalog: Catalog, random: Random, report: FuzzReport, core: CommandCore): () => FuzzCase {
  const pickCommand = createCommandPicker(catalog, random);
  let previous: readonly string[] = ['version'];
  let isPlain = true;
  return () => {
    const command = pickCommand();
    const generated = generateArgv(command, random);
    const argv = isPlain ? generated : mutateArgv(generated, command, previous, random);
    previous = generated;
    const counts = isPlain ? report.plain : report.hostile;
    isPlain = !isPlain;
    const text = random.oneIn(4) ? toWellFormed(quoteRandomly(argv, random)) : null;
    return { argv, counts, ...buildCase(catalog, core, argv, text) };
  };
}

/** Null for text with unpaired surrogates: Python and JavaScript handle them differently, and no UTF-8 text contains them. */
const toWellFormed = (text: string): string | null => (text.isWellFormed() ? text : null);

/** Runs the code under test on an argv, and builds the request to the real parser. */
function buildCase(
  catalog: Catalog,
  core: CommandCore,
  argv: readonly string[],
  text: string | null,
): Omit<FuzzCase, 'argv' | 'counts'> {
  const input = { argv, text, split: text === null ? null : trySplitCommandLine(text) };
  try {
    const parsed = core.parse(catalog, argv);
    // As the relay sends it: with what the proxy adds for each of the two formats.
    const invocation = completeInvocation(parsed, argv.length % 2 === 0 ? 'json' : 'raw', "proxy-run-id__it's");
    const commandLine = core.render(invocation);
    const renderedArgv = renderArgv(invocation);
    const given = [...parsed.values].map(serializeArgument);
    const added = [...invocation.values]
      .filter(([argument]) => invocation.addedByProxy.has(argument))
      .map(serializeArgument);
    const json = [...invocation.values.keys()]
      .filter((argument: Argument) => isJsonArgument(argument))
      .map(({ dest }) => dest);
    const request = JSON.stringify({ ...input, given, added, json, line: commandLine, words: renderedArgv });
    return { commandLine, renderedArgv, request };
  } catch (error) {
    if (!(error instanceof Refusal))
      return { crash: error, request: JSON.stringify({ ...input, given: null, json: [] }) };
    const json = classifyRefusal(error) === NOT_JSON_CLASS ? findJsonArguments(catalog, argv) : [];
    return { refusal: error, request: JSON.stringify({ ...input, given: null, json }) };
  }
}

/** The arguments that Airflow parses as JSON after argparse has finished. It rejects invalid JSON then. */
const findJsonArguments = (catalog: Catalog, argv: readonly string[]): string[] =>
  findCommand(catalog, argv)
    .command.arguments.filter((argument) => isJsonArgument(argument))
    .map(({ dest }) => dest);

/** One argument in the format of `real_parser.py`. */
const serializeArgument = ([{ flags, dest }, values]: [Argument, readonly string[]]) => [
  flags?.[0] ?? null,
  dest,
  values,
];

function trySplitCommandLine(text: string): string[] | null {
  try {
    return splitCommandLine(text);
  } catch {
    return null;
  }
}

function compareBatch(
  batch: readonly FuzzCase[],
  realResults: readonly string[],
  shellResults: readonly string[][],
  report: FuzzReport,
): void {
  let commandLines = 0;
  for (const [index, { argv, counts, commandLine, renderedArgv, refusal, crash }] of batch.entries()) {
    counts.argvs++;
    const result = realResults[index]!;
    const reportBug = ({ kind, ...facts }: Record<string, unknown>) => {
      report.bugCount++;
      if (report.bugs.length < MAX_REPORTED_BUGS) {
        report.bugs.push({
          kind: String(kind),
          argv,
          ...(commandLine === undefined ? {} : { commandLine }),
          facts,
        });
      }
    };
    if (commandLine !== undefined) {
      const read = shellResults[commandLines++];
      if (JSON.stringify(read) !== JSON.stringify(renderedArgv)) reportBug({ kind: 'sh-reads-differently', read });
    }
    if (crash !== undefined) reportBug({ kind: 'crash', error: String(crash) });
    else if (result.startsWith('BUG ')) reportBug(JSON.parse(result.slice('BUG '.length)));
    else if (result === 'value') counts.leftToAirflow++;
    else if (refusal === undefined) counts.same++;
    else if (result === 'rejects') counts.bothReject++;
    else {
      const name = classifyRefusal(refusal);
      counts.rejected[name] ??= { count: 0, example: argv };
      counts.rejected[name].count++;
    }
  }
}

const NOT_JSON_CLASS = 'invalid-value: not JSON';

/**
 * Whether the project rejects something deliberately although Airflow accepts it: abbreviations, control characters, `--` as a value,
 * empty values that Airflow treats as no value, values that keep the web server busy.
 */
export const isDeliberateRefusal = (refusal: string): boolean =>
  /^(abbreviated-option|forbidden-character|invalid-value: (?:a value that is "--"|an empty value|a costly value))/.test(
    refusal,
  );

/** The class of a refusal: its code, and what its message says apart from names and values. */
export function classifyRefusal({ code, message }: Refusal): string {
  const name = REFUSAL_CLASSES.find(([pattern]) => pattern.test(message))?.[1];
  return name === undefined ? code : `${code}: ${name}`;
}

const REFUSAL_CLASSES: readonly [RegExp, string][] = [
  [/together, without options between/, 'an option before an optional argument'],
  [/^Nothing follows "--"/, '"--" at the end'],
  [/cannot be "--"/, 'a value that is "--"'],
  [/cannot be empty/, 'an empty value'],
  [/as a separate argument instead of/, 'a joined short option with "="'],
  [/must be valid JSON\.$/, 'not JSON'],
  [/must be JSON with/, 'JSON of a size that Python may reject'],
  [/must be (?:a number|an integer)/, 'a number that only Python accepts'],
  [/must be at most|must be a regular expression without/, 'a costly value'],
  [/must be one of/, 'not one of the choices'],
  [/unpaired surrogate/, 'an unpaired surrogate'],
  [/command first/, 'an option before the command'],
];
