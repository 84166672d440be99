import { readFile } from 'node:fs/promises';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import type { AirflowResult, AirflowRunner } from './airflow-runner.ts';
import {
  getTranscriptFile,
  PLACEHOLDERS,
  type Placeholder,
  parseTranscript,
  RECORDED_VALUES,
  type RecordedCommand,
} from './transcript.ts';

/** Exit code for a command that is not in the transcript: `EX_USAGE` of sysexits.h, which Airflow does not use. */
export const NOT_RECORDED_EXIT_CODE = 64;

/** The recorded scenes with well-behaved DAG files and without killed processes. */
const REPLAYED_SCENES = ['everyday', 'forms', 'look-ups'];

type PlaceholderValues = Partial<Record<Placeholder, string>>;

/**
 * Replays the recorded output of a real Airflow. A command is found by its words: the order of options does not matter, and run id, conf
 * and logical date may differ from the recorded ones. Every result says on stderr that nothing was run.
 *
 * The replay remembers the last run id of each DAG, so that a listing shows the run that was "triggered". It has no other state: a second
 * trigger with the same run id succeeds again.
 *
 * Rejects if the release has no transcript.
 */
export async function createReplayRunner(release: string): Promise<AirflowRunner> {
  const { recorded } = parseTranscript(await readFile(getTranscriptFile(release), 'utf8'));
  const commands = recorded.filter(({ scene }) => REPLAYED_SCENES.includes(scene));
  const lastValuesOfDag = new Map<string, PlaceholderValues>();
  return {
    kind: 'replay',
    release,
    async run(text) {
      const words = splitText(text) ?? [];
      for (const command of words.length > 0 ? commands : []) {
        const matched = matchRecordedCommand(command, words);
        if (!matched) continue;
        const dagIds = words.map((word) => word.replace('--dag-id=', ''));
        const dagId = dagIds.findLast((word) => lastValuesOfDag.has(word));
        const values = { ...RECORDED_VALUES, ...(dagId ? lastValuesOfDag.get(dagId) : {}), ...matched };
        if (command.exitCode === 0 && matched['<run-id>']) lastValuesOfDag.set(words.at(-1) ?? '', matched);
        return createReplayResult(release, command, values);
      }
      // In the format of Airflow's parser, so that the proxy recognizes it as a usage error.
      const stderr = `usage: airflow COMMAND\n\nairflow command error: REPLAY: no transcript has this command: ${text}, see help above.\n`;
      return createReplayResult(release, { words: [], exitCode: NOT_RECORDED_EXIT_CODE, stdout: '', stderr }, {});
    },
    async close() {},
  };
}

function splitText(text: string): string[] | undefined {
  try {
    return splitCommandLine(text);
  } catch {
    return undefined;
  }
}

/** Returns the values of the recorded command's placeholders, or undefined if the words do not match it. */
function matchRecordedCommand(command: RecordedCommand, words: readonly string[]): PlaceholderValues | undefined {
  const expected = normalizeOrder(command.words);
  const actual = normalizeOrder(words);
  if (expected.length !== actual.length) return undefined;
  const values: PlaceholderValues = {};
  for (const [index, pattern] of expected.entries()) {
    const word = actual[index] ?? '';
    const placeholder = PLACEHOLDERS.find((candidate) => pattern.endsWith(candidate));
    if (!placeholder && word !== pattern) return undefined;
    if (!placeholder) continue;
    const prefix = pattern.slice(0, -placeholder.length);
    if (!word.startsWith(prefix)) return undefined;
    values[placeholder] = word.slice(prefix.length);
  }
  return values;
}

/** Sorts the options and puts them first. Removes the separator `--` before positionals, which has no effect. */
function normalizeOrder(words: readonly string[]): string[] {
  const options = words.filter((word) => word.startsWith('--') && word !== '--');
  return [...options.sort(), ...words.filter((word) => !word.startsWith('--'))];
}

function createReplayResult(
  release: string,
  command: Pick<RecordedCommand, 'words' | 'exitCode' | 'stdout' | 'stderr'>,
  values: PlaceholderValues,
): AirflowResult {
  const banner = `REPLAY: recorded from Airflow ${release}, nothing was run\n`;
  return {
    exitCode: command.exitCode,
    stdout: Buffer.from(fillPlaceholders(command.stdout, values, command.words.includes('--output=json'))),
    stderr: Buffer.from(banner + fillPlaceholders(command.stderr, values, false)),
  };
}

function fillPlaceholders(stream: string, values: PlaceholderValues, json: boolean): string {
  return PLACEHOLDERS.reduce((text, placeholder) => {
    const value = values[placeholder] ?? '';
    if (placeholder === '<conf>') return text.replaceAll(placeholder, () => formatConfAsAirflow(value));
    return text.replaceAll(placeholder, () => (json ? JSON.stringify(value).slice(1, -1) : value));
  }, stream);
}

/** Formats a conf as in Airflow's JSON output: values as text, ASCII only. Returns text that is not JSON unchanged. */
function formatConfAsAirflow(conf: string): string {
  try {
    return formatPythonLiteral(JSON.parse(conf));
  } catch {
    return conf;
  }
}

function formatPythonLiteral(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(formatPythonLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `${formatAsciiJson(key)}: ${formatPythonLiteral(member)}`)
      .join(', ')}}`;
  }
  return formatAsciiJson(typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));
}

function formatAsciiJson(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
