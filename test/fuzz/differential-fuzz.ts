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

/** What is held against the real parser. Replaced by a test that plants a defect. */
export interface CommandCore {
  parse(catalog: Catalog, argv: readonly string[]): Invocation;
  render(invocation: Invocation): string;
}

/** Something the project got wrong: a `kind` and the smallest facts that show it. */
export interface FuzzBug {
  readonly kind: string;
  readonly argv: readonly string[];
  readonly commandLine?: string;
  readonly facts: Record<string, unknown>;
}

export interface FuzzCounts {
  argvs: number;
  /** Both accept, same values in the same places, and the rendered line reads back to them. */
  same: number;
  /** Accepted here; Airflow refuses a value that only it can judge. */
  leftToAirflow: number;
  bothRefuse: number;
  /** Refused here although Airflow's parser accepts, by class of refusal. */
  readonly refused: Record<string, { count: number; example: readonly string[] }>;
}

export interface FuzzReport {
  /** Command lines as a person might write them. */
  readonly plain: FuzzCounts;
  /** The same after hostile mutations. */
  readonly hostile: FuzzCounts;
  readonly bugs: FuzzBug[];
  bugCount: number;
}

interface FuzzCase {
  readonly argv: readonly string[];
  readonly counts: FuzzCounts;
  readonly line?: string;
  readonly words?: readonly string[];
  readonly refusal?: Refusal;
  readonly crash?: unknown;
  readonly sent: string;
}

const BATCH_SIZE = 2000;
const MAX_REPORTED_BUGS = 10;

/** Generates argvs of a release and holds what the project does with them against that release's own parser and `sh`. */
export async function runDifferentialFuzz(
  catalog: Catalog,
  parser: RealParser,
  options: { count: number; seed: number; core?: CommandCore; onProgress?: (argvs: number) => void },
): Promise<FuzzReport> {
  const report: FuzzReport = { plain: createCounts(), hostile: createCounts(), bugs: [], bugCount: 0 };
  const next = createCaseGenerator(
    catalog,
    createRandom(options.seed),
    report,
    options.core ?? { parse: parseInvocation, render: renderCommandLine },
  );
  let pending: Promise<void> = Promise.resolve();
  for (let done = 0; done < options.count; done += BATCH_SIZE) {
    const batch = Array.from({ length: Math.min(BATCH_SIZE, options.count - done) }, next);
    const answers = parser.parseBatch(batch.map(({ sent }) => sent));
    const lines = batch.flatMap(({ line }) => line ?? []);
    // Judged while the next batch is made, in turn.
    pending = Promise.all([pending, answers, splitWithShell(lines)]).then(([, said, shell]) => {
      compareBatch(batch, said, shell, report);
      options.onProgress?.(done + batch.length);
    });
    await answers;
  }
  await pending;
  return report;
}

const createCounts = (): FuzzCounts => ({ argvs: 0, same: 0, leftToAirflow: 0, bothRefuse: 0, refused: {} });

/** One case after the other: a plain argv, a mutation of it, and so on. */
function createCaseGenerator(catalog: Catalog, random: Random, report: FuzzReport, core: CommandCore): () => FuzzCase {
  const command = createCommandPicker(catalog, random);
  let other: readonly string[] = ['version'];
  let plain = true;
  return () => {
    const chosen = command();
    const written = generateArgv(chosen, random);
    const argv = plain ? written : mutateArgv(written, chosen, other, random);
    other = written;
    const counts = plain ? report.plain : report.hostile;
    plain = !plain;
    const text = random.oneIn(4) ? toWellFormed(quoteRandomly(argv, random)) : null;
    return { argv, counts, ...buildCase(catalog, core, argv, text) };
  };
}

/** Python keeps the halves of a surrogate pair apart where JavaScript joins them. No text in UTF-8 has any. */
const toWellFormed = (text: string): string | null => (text.isWellFormed() ? text : null);

/** What the project makes of an argv, and the case as it is sent to the real parser. */
function buildCase(catalog: Catalog, core: CommandCore, argv: readonly string[], text: string | null) {
  const asked = { argv, text, split: text === null ? null : trySplitCommandLine(text) };
  try {
    const parsed = core.parse(catalog, argv);
    // As it is sent: with the output format and the run id that the proxy adds, or as the caller wrote it.
    const invocation = completeInvocation(parsed, argv.length % 2 === 0 ? 'json' : 'raw', "made-by-us__it's");
    const line = core.render(invocation);
    const words = renderArgv(invocation);
    const given = [...parsed.values].map(serializeArgument);
    const added = [...invocation.values]
      .filter(([argument]) => invocation.addedByProxy.has(argument))
      .map(serializeArgument);
    const json = [...invocation.values.keys()]
      .filter((argument: Argument) => isJsonArgument(argument))
      .map(({ dest }) => dest);
    return { line, words, sent: JSON.stringify({ ...asked, given, added, json, line, words }) };
  } catch (error) {
    if (!(error instanceof Refusal)) return { crash: error, sent: JSON.stringify({ ...asked, given: null }) };
    const json = classifyRefusal(error) === NOT_JSON_CLASS ? findJsonArguments(catalog, argv) : [];
    return { refusal: error, sent: JSON.stringify({ ...asked, given: null, json }) };
  }
}

/** What Airflow reads as JSON once its parser is done: there it refuses what is none. */
const findJsonArguments = (catalog: Catalog, argv: readonly string[]): string[] =>
  findCommand(catalog, argv)
    .command.arguments.filter((argument) => isJsonArgument(argument))
    .map(({ dest }) => dest);

/** One argument as the real parser is told of it. */
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
  answers: readonly string[],
  shell: readonly string[][],
  report: FuzzReport,
): void {
  let lines = 0;
  for (const [index, one] of batch.entries()) {
    const { argv, counts, line, refusal } = one;
    counts.argvs++;
    const answer = answers[index]!;
    const bug = (facts: Record<string, unknown>) => {
      report.bugCount++;
      const { kind, ...rest } = facts;
      if (report.bugs.length < MAX_REPORTED_BUGS) {
        report.bugs.push({
          kind: String(kind),
          argv,
          ...(line === undefined ? {} : { commandLine: line }),
          facts: rest,
        });
      }
    };
    if (line !== undefined) {
      const read = shell[lines++];
      if (JSON.stringify(read) !== JSON.stringify(one.words)) bug({ kind: 'sh-reads-differently', read });
    }
    if (one.crash !== undefined) bug({ kind: 'crash', error: String(one.crash) });
    else if (answer.startsWith('BUG ')) bug(JSON.parse(answer.slice('BUG '.length)));
    else if (answer === 'value') counts.leftToAirflow++;
    else if (refusal === undefined) counts.same++;
    else if (answer === 'refuses') counts.bothRefuse++;
    else {
      const name = classifyRefusal(refusal);
      counts.refused[name] ??= { count: 0, example: argv };
      counts.refused[name].count++;
    }
  }
}

const NOT_JSON_CLASS = 'invalid-value: not JSON';

/** What is refused on purpose, whatever Airflow says: abbreviations, control characters, and `--` as a value. */
export const isDeliberateRefusal = (refusal: string): boolean =>
  /^(abbreviated-option|forbidden-character|invalid-value: a value that is "--")/.test(refusal);

/** Refusals of one kind: the code, and what the detail says apart from names and values. */
export function classifyRefusal({ code, message }: Refusal): string {
  const told = REFUSAL_CLASSES.find(([said]) => said.test(message))?.[1];
  return told === undefined ? code : `${code}: ${told}`;
}

const REFUSAL_CLASSES: readonly [RegExp, string][] = [
  [/together, without options between/, 'an option among positionals of which one may be left out'],
  [/^Nothing follows "--"/, '"--" at the end'],
  [/cannot be "--"/, 'a value that is "--"'],
  [/as a separate argument instead of/, 'a joined short option with "="'],
  [/must be valid JSON\.$/, 'not JSON'],
  [/must be JSON with/, 'JSON of a size that Python may refuse'],
  [/must be a (whole )?number/, 'a number in a spelling of Python only'],
  [/must be one of/, 'not one of the choices'],
  [/unpaired surrogate/, 'half of a surrogate pair'],
  [/comes first/, 'a word before the command'],
];
