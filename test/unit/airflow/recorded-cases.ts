import { readdirSync, readFileSync } from 'node:fs';
import type { Catalog } from '../../../airflow/catalog.ts';
import { findCommand } from '../../../airflow/find-command.ts';
import type { Invocation } from '../../../airflow/invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { type CliStreams, decodeStreams } from '../../../airflow/streams.ts';
import { determineVerdict, type Verdict } from '../../../airflow/verdict.ts';
import {
  PLACEHOLDERS,
  parseTranscript,
  RECORDED_VALUES,
  type RecordedCommand,
  type Transcript,
} from '../../../local/airflow/transcript.ts';
import { LOG_HANDLER_NOTICE } from '../../../local/mwaa/create-cli-response.ts';

/** A recorded command as the relay would have sent it, with what the real process printed and how it ended. */
export interface RecordedCase extends RecordedCommand {
  readonly release: string;
  readonly command: string;
  readonly commandLine: string;
  readonly invocation: Invocation;
}

/** All transcripts in a folder, with the recorded values in place of the placeholders. Commands that no release has are left out. */
export function loadCases(folder: URL): RecordedCase[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.flatMap((file) => toCases(parseTranscript(readFileSync(new URL(file, folder), 'utf8'))));
}

function toCases({ release, recorded }: Transcript): RecordedCase[] {
  const catalog = JSON.parse(
    readFileSync(new URL(`../../../airflow/catalogs/${release}.json`, import.meta.url), 'utf8'),
  ) as Catalog;
  return recorded.flatMap((entry) => {
    const words = entry.words.map(fillPlaceholders);
    const invocation = toInvocation(catalog, words);
    if (!invocation) return [];
    const command = invocation.command.path.join(' ');
    return [
      {
        ...entry,
        release,
        words,
        command,
        commandLine: words.join(' '),
        invocation,
        stdout: fillPlaceholders(entry.stdout),
        stderr: fillPlaceholders(entry.stderr),
      },
    ];
  });
}

const fillPlaceholders = (text: string): string =>
  PLACEHOLDERS.reduce((so, one) => so.replaceAll(one, () => RECORDED_VALUES[one]), text);

/** What our parser refuses was recorded for the refusal of Airflow's parser: the command alone says how to read it. */
function toInvocation(catalog: Catalog, words: readonly string[]): Invocation | undefined {
  try {
    return parseInvocation(catalog, words);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  try {
    return { command: findCommand(catalog, words).command, values: new Map(), addedByProxy: new Set() };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const LOG = "[2026-11-22T12:00:00.123+0000] {base.py:84} INFO - Retrieving connection 'aws_default'\n";
const LOGS = `${LOG}[\u001b[34m2026-11-22T12:00:00.123+0000\u001b[0m] {\u001b[34m__init__.py:\u001b[0m43} INFO\u001b[0m - Loaded\u001b[0m\n`;

/** What MWAA puts around what a command prints: reported, or plausible after what is reported. */
const OUTPUT_WRAPPERS: Readonly<Record<string, (one: RecordedCommand) => string>> = {
  nothing: ({ stdout }) => stdout,
  noise: ({ stdout }) => LOG_HANDLER_NOTICE + stdout,
  'noise and log lines': ({ stdout, killedAfter }) =>
    `${LOGS}${LOG_HANDLER_NOTICE}${LOGS}${stdout}${killedAfter === undefined && /(^|\n)$/.test(stdout) ? LOGS : ''}\u001b[0m`,
};

/** One way in which MWAA may hand on what a command printed. */
export interface ResponseVariant {
  readonly variant: string;
  readonly status: number;
  readonly body: string;
  readonly returncode: boolean;
}

/** The answer to a command in every dress that the facts allow. */
export function* generateResponseVariants(one: RecordedCommand): Generator<ResponseVariant> {
  const { exitCode, stdout, stderr } = one;
  for (const [around, wrap] of Object.entries(OUTPUT_WRAPPERS)) {
    for (const status of exitCode === 0 ? [200] : [200, 400]) {
      for (const returncode of [false, true]) {
        for (const empty of ['', null]) {
          const base64 = (text: string) => (text === '' ? empty : Buffer.from(text).toString('base64'));
          const wrapped = empty === null && stdout === '' ? '' : wrap(one);
          const body = {
            stdout: base64(wrapped),
            stderr: base64(stderr),
            ...(returncode ? { returncode: exitCode ?? -9 } : {}),
          };
          const dress = `${around}, ${status}, ${returncode ? 'a' : 'no'} return code, an empty stream is ${JSON.stringify(empty)}`;
          yield { variant: dress, status, returncode, body: JSON.stringify(body) };
        }
      }
    }
  }
}

/** What the relay makes of an answer. */
export function determineVariantVerdict(one: RecordedCase, { status, body }: ResponseVariant): Verdict {
  const streams = decodeStreams(body) as CliStreams;
  return determineVerdict(one.invocation, status, streams, one.release);
}

/** What the verdicts over a set of transcripts come to. */
export interface VerdictStatistics {
  readonly responses: number;
  readonly falseSuccesses: readonly string[];
  readonly falseFailures: readonly string[];
  /** Killed after the whole answer was out: nothing tells them from success. */
  readonly killedAfterOutput: ReadonlySet<string>;
  /** By release, outcome and command: recorded commands that cannot be told in some dress without a return code. */
  readonly undecided: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Judges every recorded command in every dress. */
export function computeStatistics(cases: readonly RecordedCase[]): VerdictStatistics {
  const falseSuccesses: string[] = [];
  const falseFailures: string[] = [];
  const killedAfterTheAnswer = new Set<string>();
  const open = new Map<string, Set<string>>();
  let responses = 0;
  for (const one of cases) {
    for (const dressed of generateResponseVariants(one)) {
      const { outcome, evidence } = determineVariantVerdict(one, dressed);
      const name = `${one.release} ${one.scene}: ${one.commandLine.slice(0, 120)}: exit ${one.exitCode}`;
      const where = `${name} (${dressed.variant}): ${outcome}, ${evidence}`;
      responses += 1;
      if (outcome === 'succeeded' && one.exitCode !== 0) {
        if (one.killedAfter === 1) killedAfterTheAnswer.add(name);
        else falseSuccesses.push(where);
      }
      if (outcome === 'failed' && one.exitCode === 0) falseFailures.push(where);
      if (outcome !== 'succeeded' && outcome !== 'failed') {
        const key = `${one.release}, ${outcome}, for ${evidence}: ${one.command}`;
        if (one.killedAfter === undefined) open.set(key, (open.get(key) ?? new Set()).add(name));
        if (dressed.returncode) falseFailures.push(`${where}: in spite of a return code`);
      }
    }
  }
  return { responses, falseSuccesses, falseFailures, killedAfterOutput: killedAfterTheAnswer, undecided: open };
}

/** For a person: what is open, one line for each release, outcome and reason. */
export function formatStatistics(
  cases: readonly RecordedCase[],
  { responses, killedAfterOutput, undecided }: VerdictStatistics,
): string {
  const killed = cases.filter(({ killedAfter }) => killedAfter !== undefined).length;
  const lines = new Map<string, string[]>();
  for (const [what, commands] of [...undecided].sort()) {
    const [, why = '', command = ''] = /^(.*): (.*)$/.exec(what) ?? [];
    lines.set(why, [...(lines.get(why) ?? []), `${command} ${commands.size}`]);
  }
  return [
    `${cases.length} recorded commands, ${responses} answers.`,
    `${killed} killed; the whole answer was out, and nothing tells them from successes: ${killedAfterOutput.size}.`,
    ...[...lines].map(([why, commands]) => `${why}: ${commands.join(', ')}`),
  ].join('\n');
}

/** Commands whose outcome must be told from the streams alone, whether JSON was asked for or nothing. */
export const DECIDABLE_COMMANDS =
  /^(version|dags (trigger|pause|unpause|list\S*|state|delete)|variables (list|get|set|delete)|trigger_dag|pause|unpause|list_dags|list_dag_runs|dag_state|delete_dag)$/;

/** What is open although it must not be. YAML and plain tables have no end that can be seen. */
export function findWronglyUndecided(cases: readonly RecordedCase[]): string[] {
  const usual = cases.filter(({ words }) => !words.some((word) => /^--output=(yaml|plain)$/.test(word)));
  return [...computeStatistics(usual).undecided.keys()].filter((what) =>
    DECIDABLE_COMMANDS.test(/: (.*)$/.exec(what)?.[1] ?? ''),
  );
}
