import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Catalog } from '../../../airflow/catalog.ts';
import { argvFromJson } from '../../../airflow/json-argv.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { parseJsonKeepingNumbers } from '../../../airflow/parse-json.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { quoteWord, renderArgv } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { translateInvocation } from '../../../airflow/translate-invocation.ts';
import { type Terminal, UsageError } from '../../terminal.ts';

export interface UpgradeOptions {
  readonly from: Catalog;
  readonly to: Catalog;
  readonly json: boolean;
}

/** What an upgrade changes for one command line. */
export interface UpgradeJudgment {
  /** As written. */
  readonly line: string;
  /**
   * `same`: works unchanged. `changed`: `commandLine` does the same after the upgrade. `gone`: nothing does. `invalid`: the release
   * before the upgrade rejects it too.
   */
  readonly result: 'same' | 'changed' | 'gone' | 'invalid';
  readonly commandLine?: string;
  /** What differs, why, and what to do. Sentences. */
  readonly notes: readonly string[];
}

/**
 * Judges command lines before an upgrade and prints one result each.
 *
 * @param words the name of a file, or one command
 * @returns 0 if every command line works unchanged, else 1
 * @throws UsageError
 */
export async function judgeUpgrade(
  options: UpgradeOptions,
  words: readonly string[],
  isCommand: boolean,
  terminal: Terminal,
): Promise<number> {
  const lines = isCommand ? [words.map(quoteWord).join(' ')] : splitLines(await readSource(words, terminal));
  if (lines.length === 0) throw new UsageError('There are no command lines to judge.');
  const judgments = lines.map((line) => judgeLine(options, line));
  if (options.json) terminal.stdout(judgments.map((judgment) => `${JSON.stringify(judgment)}\n`).join(''));
  else {
    terminal.stdout(judgments.map(formatJudgment).join(''));
    terminal.stdout(`${formatCounts(judgments)}\n`);
  }
  return judgments.every(({ result }) => result === 'same') ? 0 : 1;
}

/** @throws UsageError */
async function readSource(words: readonly string[], { stdin }: Terminal): Promise<string> {
  const [file] = words;
  if (file === undefined || words.length > 1)
    throw new UsageError('Write one file of command lines, "-" for standard input, or one command after "--".');
  if (file === '-') return text(stdin());
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** Joins lines that end with a backslash. Leaves out empty lines and comments. */
const splitLines = (source: string): string[] =>
  source
    .replaceAll(/\\\r?\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Judges one command line: words as in a shell, with or without `airflow` in front, or a JSON array of words. */
export function judgeLine({ from, to }: Pick<UpgradeOptions, 'from' | 'to'>, line: string): UpgradeJudgment {
  try {
    const words = line.startsWith('[')
      ? argvFromJson(parseJsonKeepingNumbers(line) as unknown[])
      : splitCommandLine(line);
    const prefix = words[0] === 'airflow' ? ['airflow'] : [];
    const argv = words.slice(prefix.length);
    const invocation = parseInvocation(from, argv);
    const translation = translateInvocation(invocation, from.airflow, to);
    if ('gone' in translation) return { line, result: 'gone', notes: translation.gone };
    const { argv: translated, notes } = translation;
    const commandLine = [...prefix, ...translated].map(quoteWord).join(' ');
    const isSame = renderAs(to, argv) === JSON.stringify(translated);
    return isSame ? { line, result: 'same', notes } : { line, result: 'changed', commandLine, notes };
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof SyntaxError)) throw error;
    return { line, result: 'invalid', notes: [error.message] };
  }
}

/** The canonical words of a command in a release, or undefined if the release rejects it. */
function renderAs(catalog: Catalog, argv: readonly string[]): string | undefined {
  try {
    return JSON.stringify(renderArgv(parseInvocation(catalog, argv)));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const INDENT = ' '.repeat(9);

function formatJudgment({ line, result, commandLine, notes }: UpgradeJudgment): string {
  const lines = [...(commandLine === undefined ? [] : [commandLine]), ...notes];
  return [`${result.padEnd(INDENT.length)}${line}`, ...lines.map((entry) => INDENT + entry)]
    .map((entry) => `${entry}\n`)
    .join('');
}

const formatCounts = (judgments: readonly UpgradeJudgment[]): string =>
  (['same', 'changed', 'gone', 'invalid'] as const)
    .map((result) => `${judgments.filter((judgment) => judgment.result === result).length} ${result}`)
    .join(', ');
