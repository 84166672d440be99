import type { Argument, Catalogue } from '../../airflow/catalogue.ts';
import { complete } from '../../airflow/complete.ts';
import { findCommand } from '../../airflow/find-command.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { readsJson } from '../../airflow/json-arguments.ts';
import { parse } from '../../airflow/parse.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { render, renderWords } from '../../airflow/render.ts';
import { words } from '../../airflow/words.ts';
import { commandPicker, plainArgv } from './generate.ts';
import { asText, mutated } from './mutate.ts';
import { type Random, seeded } from './random.ts';
import type { RealParser } from './real-parser.ts';
import { shellWords } from './shell.ts';

/** What is held against the real parser. Replaced by a test that plants a defect. */
export interface Core {
  parse(catalogue: Catalogue, argv: readonly string[]): Invocation;
  render(invocation: Invocation): string;
}

/** Something the project got wrong: a `kind` and the smallest facts that show it. */
export interface Bug {
  readonly kind: string;
  readonly argv: readonly string[];
  readonly line?: string;
  readonly facts: Record<string, unknown>;
}

export interface Counts {
  argvs: number;
  /** Both accept, same values in the same places, and the rendered line reads back to them. */
  same: number;
  /** Accepted here; Airflow refuses a value that only it can judge. */
  value: number;
  bothRefuse: number;
  /** Refused here although Airflow's parser accepts, by class of refusal. */
  readonly refused: Record<string, { count: number; example: readonly string[] }>;
}

export interface Report {
  /** Command lines as a person might write them. */
  readonly plain: Counts;
  /** The same after hostile mutations. */
  readonly hostile: Counts;
  readonly bugs: Bug[];
  bugCount: number;
}

interface Case {
  readonly argv: readonly string[];
  readonly counts: Counts;
  readonly line?: string;
  readonly words?: readonly string[];
  readonly refusal?: Refusal;
  readonly crash?: unknown;
  readonly sent: string;
}

const BATCH = 2000;
const SHOWN = 10;

/** Generates argvs of a release and holds what the project does with them against that release's own parser and `sh`. */
export async function differential(
  catalogue: Catalogue,
  parser: RealParser,
  options: { count: number; seed: number; core?: Core; onProgress?: (argvs: number) => void },
): Promise<Report> {
  const report: Report = { plain: noCounts(), hostile: noCounts(), bugs: [], bugCount: 0 };
  const next = cases(catalogue, seeded(options.seed), report, options.core ?? { parse, render });
  let pending: Promise<void> = Promise.resolve();
  for (let done = 0; done < options.count; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, options.count - done) }, next);
    const answers = parser.ask(batch.map(({ sent }) => sent));
    const lines = batch.flatMap(({ line }) => line ?? []);
    // Judged while the next batch is made, in turn.
    pending = Promise.all([pending, answers, shellWords(lines)]).then(([, said, shell]) => {
      judge(batch, said, shell, report);
      options.onProgress?.(done + batch.length);
    });
    await answers;
  }
  await pending;
  return report;
}

const noCounts = (): Counts => ({ argvs: 0, same: 0, value: 0, bothRefuse: 0, refused: {} });

/** One case after the other: a plain argv, a mutation of it, and so on. */
function cases(catalogue: Catalogue, random: Random, report: Report, core: Core): () => Case {
  const command = commandPicker(catalogue, random);
  let other: readonly string[] = ['version'];
  let plain = true;
  return () => {
    const chosen = command();
    const written = plainArgv(chosen, random);
    const argv = plain ? written : mutated(written, chosen, other, random);
    other = written;
    const counts = plain ? report.plain : report.hostile;
    plain = !plain;
    const text = random.oneIn(4) ? wellFormed(asText(argv, random)) : null;
    return { argv, counts, ...handled(catalogue, core, argv, text) };
  };
}

/** Python keeps the halves of a surrogate pair apart where JavaScript joins them. No text in UTF-8 has any. */
const wellFormed = (text: string): string | null => (text.isWellFormed() ? text : null);

/** What the project makes of an argv, and the case as it is sent to the real parser. */
function handled(catalogue: Catalogue, core: Core, argv: readonly string[], text: string | null) {
  const asked = { argv, text, split: text === null ? null : splitOrNull(text) };
  try {
    const parsed = core.parse(catalogue, argv);
    // As it is sent: with the output format and the run id that the proxy adds, or as the caller wrote it.
    const invocation = complete(parsed, argv.length % 2 === 0 ? 'json' : 'raw', "made-by-us__it's");
    const line = core.render(invocation);
    const words = renderWords(invocation);
    const given = [...parsed.values].map(told);
    const added = [...invocation.values].filter(([argument]) => invocation.added.has(argument)).map(told);
    const json = [...invocation.values.keys()]
      .filter((argument: Argument) => readsJson(argument))
      .map(({ dest }) => dest);
    return { line, words, sent: JSON.stringify({ ...asked, given, added, json, line, words }) };
  } catch (error) {
    if (!(error instanceof Refusal)) return { crash: error, sent: JSON.stringify({ ...asked, given: null }) };
    const json = refusalClass(error) === NOT_JSON ? jsonArguments(catalogue, argv) : [];
    return { refusal: error, sent: JSON.stringify({ ...asked, given: null, json }) };
  }
}

/** What Airflow reads as JSON once its parser is done: there it refuses what is none. */
const jsonArguments = (catalogue: Catalogue, argv: readonly string[]): string[] =>
  findCommand(catalogue, argv)
    .command.arguments.filter((argument) => readsJson(argument))
    .map(({ dest }) => dest);

/** One argument as the real parser is told of it. */
const told = ([{ flags, dest }, values]: [Argument, readonly string[]]) => [flags?.[0] ?? null, dest, values];

function splitOrNull(text: string): string[] | null {
  try {
    return words(text);
  } catch {
    return null;
  }
}

function judge(batch: readonly Case[], answers: readonly string[], shell: readonly string[][], report: Report): void {
  let lines = 0;
  for (const [index, one] of batch.entries()) {
    const { argv, counts, line, refusal } = one;
    counts.argvs++;
    const answer = answers[index]!;
    const bug = (facts: Record<string, unknown>) => {
      report.bugCount++;
      const { kind, ...rest } = facts;
      if (report.bugs.length < SHOWN) {
        report.bugs.push({ kind: String(kind), argv, ...(line === undefined ? {} : { line }), facts: rest });
      }
    };
    if (line !== undefined) {
      const read = shell[lines++];
      if (JSON.stringify(read) !== JSON.stringify(one.words)) bug({ kind: 'sh-reads-differently', read });
    }
    if (one.crash !== undefined) bug({ kind: 'crash', error: String(one.crash) });
    else if (answer.startsWith('BUG ')) bug(JSON.parse(answer.slice('BUG '.length)));
    else if (answer === 'value') counts.value++;
    else if (refusal === undefined) counts.same++;
    else if (answer === 'refuses') counts.bothRefuse++;
    else {
      const name = refusalClass(refusal);
      counts.refused[name] ??= { count: 0, example: argv };
      counts.refused[name].count++;
    }
  }
}

const NOT_JSON = 'invalid-value: not JSON';

/** What is refused on purpose, whatever Airflow says: abbreviations, control characters, and `--` as a value. */
export const isOnPurpose = (refusal: string): boolean =>
  /^(abbreviated-option|forbidden-character|invalid-value: a value that is "--")/.test(refusal);

/** Refusals of one kind: the code, and what the detail says apart from names and values. */
export function refusalClass({ code, message }: Refusal): string {
  const told = CLASSES.find(([said]) => said.test(message))?.[1];
  return told === undefined ? code : `${code}: ${told}`;
}

const CLASSES: readonly [RegExp, string][] = [
  [/together, not with options between/, 'an option among positionals of which one may be left out'],
  [/^Nothing follows "--"/, '"--" at the end'],
  [/cannot be "--"/, 'a value that is "--"'],
  [/on its own instead of/, 'a joined short option with "="'],
  [/must be JSON\.$/, 'not JSON'],
  [/must be JSON that/, 'JSON of a size that Python may refuse'],
  [/must be a (whole )?number/, 'a number in a spelling of Python only'],
  [/must be one of/, 'not one of the choices'],
  [/half of a surrogate pair/, 'half of a surrogate pair'],
  [/comes first/, 'a word before the command'],
];
