import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Catalog } from '../../../airflow/catalog.ts';
import { argvFromJson } from '../../../airflow/json-argv.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { parseJsonKeepingNumbers } from '../../../airflow/parse-json.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { quoteWord, renderArgv } from '../../../airflow/render-command-line.ts';
import { parseCall } from '../../../airflow/rest/parse-call.ts';
import { readRequestLine } from '../../../airflow/rest/read-request-line.ts';
import { type RenderedCall, renderCall } from '../../../airflow/rest/render-call.ts';
import type { RestCatalog } from '../../../airflow/rest/rest-catalog.ts';
import { translateCall } from '../../../airflow/rest/translate-call.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { translateInvocation } from '../../../airflow/translate-invocation.ts';
import { type Terminal, UsageError } from '../../terminal.ts';
import type { WrittenRequest } from './explain-rest.ts';

export interface UpgradeOptions {
  readonly from: Catalog;
  readonly to: Catalog;
  /** The REST operations of both releases. Absent: the proxy does not offer those of the release. */
  readonly restFrom?: RestCatalog;
  readonly restTo?: RestCatalog;
  readonly json: boolean;
}

/** What an upgrade changes for one command line, or for one request for the REST API. */
export interface UpgradeJudgment {
  /** As written. */
  readonly line: string;
  /**
   * `same`: works unchanged. `changed`: `commandLine` or `request` does the same after the upgrade. `gone`: nothing does. `invalid`: the release
   * before the upgrade rejects it too.
   */
  readonly result: 'same' | 'changed' | 'gone' | 'invalid';
  readonly commandLine?: string;
  /** In place of `commandLine`, for a request. */
  readonly request?: string;
  /** What differs, why, and what to do. Sentences. */
  readonly notes: readonly string[];
}

/**
 * Judges command lines and requests before an upgrade and prints one result each.
 *
 * @param source the words of the name of a file or of one command, or one request
 * @returns 0 if every command line works unchanged, else 1
 * @throws UsageError
 */
export async function judgeUpgrade(
  options: UpgradeOptions,
  source: readonly string[] | WrittenRequest,
  isCommand: boolean,
  terminal: Terminal,
): Promise<number> {
  const lines = await readLines(source, isCommand, terminal);
  if (lines.length === 0) throw new UsageError('There are no command lines to judge.');
  const judgments = lines.map((line) => judgeLine(options, line));
  if (options.json) terminal.stdout(judgments.map((judgment) => `${JSON.stringify(judgment)}\n`).join(''));
  else {
    terminal.stdout(judgments.map(formatJudgment).join(''));
    terminal.stdout(`${formatCounts(judgments)}\n`);
  }
  return judgments.every(({ result }) => result === 'same') ? 0 : 1;
}

async function readLines(
  source: readonly string[] | WrittenRequest,
  isCommand: boolean,
  terminal: Terminal,
): Promise<string[]> {
  if ('rest' in source) return [[source.rest, ...(source.body === undefined ? [] : [source.body])].join(' ')];
  return isCommand ? [source.map(quoteWord).join(' ')] : splitLines(await readSource(source, terminal));
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

/** A request for the REST API: its method and path and, behind them, its body. */
const REQUEST = /^([A-Z]+ +\/api\/\S*)(?:\s+(\S.*))?$/s;

/**
 * Judges one line: a command, which is words as in a shell, with or without `airflow` in front, or a JSON array of words; or a request
 * with its body, such as `POST /api/v1/dags/daily_report/dagRuns {"conf": {}}`.
 */
export function judgeLine(options: Omit<UpgradeOptions, 'json'>, line: string): UpgradeJudgment {
  const { from, to } = options;
  const [, rest, body] = REQUEST.exec(line) ?? [];
  try {
    if (rest !== undefined) return judgeRequest(options, line, { rest, ...(body === undefined ? {} : { body }) });
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

/** @throws Refusal if the release before the upgrade rejects the request */
function judgeRequest(
  { from, to, restFrom, restTo }: Omit<UpgradeOptions, 'json'>,
  line: string,
  { rest, body }: WrittenRequest,
): UpgradeJudgment {
  if (restFrom === undefined) return { line, result: 'invalid', notes: [describeNoOperations(from)] };
  const call = parseCall(restFrom, { ...readRequestLine(rest), ...(body === undefined ? {} : { body }) });
  if (restTo === undefined) return { line, result: 'gone', notes: [describeNoOperations(to)] };
  const translation = translateCall(call, restFrom, restTo);
  if ('gone' in translation) return { line, result: 'gone', notes: translation.gone };
  const { call: translated, notes } = translation;
  const request = formatRequest(translated);
  if (request === formatRequest(renderCall(restFrom, call))) return { line, result: 'same', notes };
  return { line, result: 'changed', request, notes };
}

const describeNoOperations = ({ airflow }: Catalog): string =>
  `The proxy does not offer the REST API of Airflow ${airflow}.`;

const formatRequest = ({ method, target, body }: RenderedCall): string =>
  [`${method} ${target}`, ...(body === undefined ? [] : [body])].join(' ');

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

function formatJudgment({ line, result, commandLine, request = commandLine, notes }: UpgradeJudgment): string {
  const lines = [...(request === undefined ? [] : [request]), ...notes];
  return [`${result.padEnd(INDENT.length)}${line}`, ...lines.map((entry) => INDENT + entry)]
    .map((entry) => `${entry}\n`)
    .join('');
}

const formatCounts = (judgments: readonly UpgradeJudgment[]): string =>
  (['same', 'changed', 'gone', 'invalid'] as const)
    .map((result) => `${judgments.filter((judgment) => judgment.result === result).length} ${result}`)
    .join(', ');
