import { readdirSync, readFileSync } from 'node:fs';
import type { Catalog } from '../../../airflow/catalog.ts';
import { mayRunEnvironmentCode } from '../../../airflow/environment-code.ts';
import { findCommand } from '../../../airflow/find-command.ts';
import type { Invocation } from '../../../airflow/invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { type CliStreams, decodeStreams } from '../../../airflow/streams.ts';
import { determineVerdict, type Outcome, type Verdict } from '../../../airflow/verdict.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import {
  PLACEHOLDERS,
  parseTranscript,
  RECORDED_VALUES,
  type RecordedCommand,
  type Transcript,
} from '../../../local/airflow/transcript.ts';
import { LOG_HANDLER_NOTICE } from '../../../local/mwaa/create-cli-response.ts';

/** A recorded command as the relay would have sent it, with the output and exit code of the real process. */
export interface RecordedCase extends RecordedCommand {
  readonly release: string;
  readonly command: string;
  readonly commandLine: string;
  readonly invocation: Invocation;
}

/** Loads all commands in the transcripts of a folder, and fills in the placeholders. Omits commands that the release does not have. */
export function loadCases(folder: URL): RecordedCase[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.flatMap((file) => toCases(parseTranscript(readFileSync(new URL(file, folder), 'utf8'))));
}

function toCases({ release, recorded }: Transcript): RecordedCase[] {
  const catalog = CATALOGS.read(release);
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
  PLACEHOLDERS.reduce((filled, name) => filled.replaceAll(name, () => RECORDED_VALUES[name]), text);

/** Returns an invocation without values if this project's parser rejects the words: they were recorded to show Airflow's own error. */
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

/** What MWAA adds around the output of a command, as reported by users or plausible from their reports. */
const OUTPUT_WRAPPERS: Readonly<Record<string, (recorded: RecordedCommand) => string>> = {
  'no additions': ({ stdout }) => stdout,
  'a log handler notice': ({ stdout }) => LOG_HANDLER_NOTICE + stdout,
  'a log handler notice and log lines': ({ stdout, exitCode }) =>
    `${LOGS}${LOG_HANDLER_NOTICE}${LOGS}${stdout}${exitCode !== null && /(^|\n)$/.test(stdout) ? LOGS : ''}\u001b[0m`,
};

/** One form in which MWAA may return the output of a command. */
export interface ResponseVariant {
  readonly variant: string;
  readonly status: number;
  readonly body: string;
  readonly returncode: boolean;
}

/** Every form in which MWAA may respond to a command. */
export function* generateResponseVariants(recorded: RecordedCommand): Generator<ResponseVariant> {
  const { exitCode, stdout, stderr } = recorded;
  for (const [additions, wrap] of Object.entries(OUTPUT_WRAPPERS)) {
    for (const status of exitCode === 0 ? [200] : [200, 400]) {
      for (const returncode of [false, true]) {
        for (const empty of ['', null]) {
          const base64 = (text: string) => (text === '' ? empty : Buffer.from(text).toString('base64'));
          const wrapped = empty === null && stdout === '' ? '' : wrap(recorded);
          const body = {
            stdout: base64(wrapped),
            stderr: base64(stderr),
            ...(returncode ? { returncode: exitCode ?? -9 } : {}),
          };
          const variant = `${additions}, HTTP ${status}, ${returncode ? 'a' : 'no'} return code, empty streams are ${JSON.stringify(empty)}`;
          yield { variant, status, returncode, body: JSON.stringify(body) };
        }
      }
    }
  }
}

/** The verdict of the relay on one form of the response. */
export function determineVariantVerdict(recorded: RecordedCase, { status, body }: ResponseVariant): Verdict {
  const streams = decodeStreams(body) as CliStreams;
  return determineVerdict(recorded.invocation, status, streams, recorded.release);
}

/** Statistics about the verdicts on a set of transcripts. */
export interface VerdictStatistics {
  readonly responses: number;
  readonly falseSuccesses: readonly string[];
  readonly falseFailures: readonly string[];
  /** Commands that were killed after they printed their complete output. Nothing distinguishes them from successful ones. */
  readonly killedAfterOutput: ReadonlySet<string>;
  /** By release, outcome and command: recorded commands that some response form without a return code leaves undecided. */
  readonly undecided: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Determines the verdict on every response form of every recorded command. */
export function computeStatistics(cases: readonly RecordedCase[]): VerdictStatistics {
  const falseSuccesses: string[] = [];
  const falseFailures: string[] = [];
  const killedAfterOutput = new Set<string>();
  const undecided = new Map<string, Set<string>>();
  let responses = 0;
  for (const recorded of cases) {
    for (const response of generateResponseVariants(recorded)) {
      const { outcome, evidence } = determineVariantVerdict(recorded, response);
      const scene = recorded.behavior === undefined ? recorded.scene : `${recorded.scene} (${recorded.behavior})`;
      const name = `${recorded.release} ${scene}: ${recorded.commandLine.slice(0, 120)}: exit ${recorded.exitCode}`;
      const description = `${name} (${response.variant}): ${outcome}, ${evidence}`;
      responses += 1;
      if (outcome === 'succeeded' && recorded.exitCode !== 0) {
        if (recorded.killedAfter === 1) killedAfterOutput.add(name);
        else falseSuccesses.push(description);
      }
      if (outcome === 'failed' && recorded.exitCode === 0) falseFailures.push(description);
      if (outcome !== 'succeeded' && outcome !== 'failed') {
        const key = `${recorded.release}, ${outcome}, because ${evidence}: ${recorded.command}`;
        if (recorded.killedAfter === undefined) undecided.set(key, (undecided.get(key) ?? new Set()).add(name));
        if (response.returncode) falseFailures.push(`${description}: despite a return code`);
      }
    }
  }
  return { responses, falseSuccesses, falseFailures, killedAfterOutput, undecided };
}

/** A report of the undecided commands, with one line for each release, outcome and reason. */
export function formatStatistics(
  cases: readonly RecordedCase[],
  { responses, killedAfterOutput, undecided }: VerdictStatistics,
): string {
  const killed = cases.filter(({ killedAfter }) => killedAfter !== undefined).length;
  const lines = new Map<string, string[]>();
  for (const [key, commands] of [...undecided].sort()) {
    const [, reason = '', command = ''] = /^(.*): (.*)$/.exec(key) ?? [];
    lines.set(reason, [...(lines.get(reason) ?? []), `${command} ${commands.size}`]);
  }
  return [
    `${cases.length} recorded commands, ${responses} responses.`,
    `${killed} were killed. ${killedAfterOutput.size} of them had already printed their complete output, so they look successful.`,
    ...[...lines].map(([reason, commands]) => `${reason}: ${commands.join(', ')}`),
  ].join('\n');
}

/** A table of the outcomes of each command without a return code, as percentages of its recorded runs. */
export function formatOutcomesPerCommand(cases: readonly RecordedCase[]): string {
  const commands = new Map<string, Outcome[]>();
  for (const recorded of cases) {
    const [plain] = generateResponseVariants(recorded);
    const outcome = determineVariantVerdict(recorded, plain as ResponseVariant).outcome;
    commands.set(recorded.command, [...(commands.get(recorded.command) ?? []), outcome]);
    commands.set('all', [...(commands.get('all') ?? []), outcome]);
  }
  const formatRow = ([command, outcomes]: [string, Outcome[]]) => {
    const share = (outcome: Outcome) =>
      `${Math.round((100 * outcomes.filter((other) => other === outcome).length) / outcomes.length)} %`.padStart(6);
    return `${command.padEnd(26)}${`${outcomes.length}`.padStart(5)} unverified ${share('unverified')} unclear ${share('unclear')}`;
  };
  return [...commands].sort().map(formatRow).join('\n');
}

/** Commands whose outcome the streams alone must show, with `--output=json` and without `--output`. */
export const DECIDABLE_COMMANDS =
  /^(version|dags (trigger|pause|unpause|list\S*|state|delete)|variables (list|set|delete)|trigger_dag|pause|unpause|list_dags|delete_dag)$/;

/**
 * The decidable commands that are undecided. Ignores YAML and plain tables, whose end cannot be recognized, and a short answer that a DAG file
 * may print as well: an empty list, and the state of a run before 2.4.
 */
export function findWronglyUndecided(cases: readonly RecordedCase[]): string[] {
  const decidable = cases.filter(
    ({ words, invocation, release, stdout }) =>
      !words.some((word) => /^--output=(yaml|plain)$/.test(word)) &&
      !(
        mayRunEnvironmentCode(invocation, release) &&
        /(^|\n)(\[\]|No data found|None|running|queued|success|failed)\n$/.test(stdout)
      ),
  );
  return [...computeStatistics(decidable).undecided.keys()].filter((key) =>
    DECIDABLE_COMMANDS.test(/: (.*)$/.exec(key)?.[1] ?? ''),
  );
}
