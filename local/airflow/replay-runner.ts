import { readFile } from 'node:fs/promises';
import { splitCommandLine as split } from '../../airflow/split-command-line.ts';
import type { AirflowResult, AirflowRunner } from './airflow-runner.ts';
import {
  getTranscriptFile,
  PLACEHOLDERS,
  type Placeholder,
  parseTranscript,
  RECORDED_VALUES,
  type RecordedCommand,
} from './transcript.ts';

/** Exit code where the transcript has no such command: `EX_USAGE` of sysexits.h, which Airflow does not use. */
export const NOT_RECORDED_EXIT_CODE = 64;

/** Of the recorded scenes, those with DAG files that behave, and with processes that nobody killed. */
const REPLAYED_SCENES = ['everyday', 'forms'];

type PlaceholderValues = Partial<Record<Placeholder, string>>;

/**
 * Answers from recorded runs of the real thing where no Airflow can be had. A command is found by its words; the order of
 * options does not matter, and run id, conf and logical date may be others than were recorded. Every answer says on
 * stderr that nothing was run. It remembers the run id last given for a DAG, so that a listing shows the run that was
 * "triggered"; beyond that it has no state, and a second trigger of one run id succeeds again.
 *
 * Rejects where the release has no transcript.
 */
export async function createReplayRunner(release: string): Promise<AirflowRunner> {
  const { recorded } = parseTranscript(await readFile(getTranscriptFile(release), 'utf8'));
  const played = recorded.filter(({ scene }) => REPLAYED_SCENES.includes(scene));
  const lastOfDag = new Map<string, PlaceholderValues>();
  return {
    kind: 'replay',
    release,
    async run(text) {
      const words = splitCommand(text);
      for (const entry of words ? played : []) {
        const given = matchRecordedCommand(entry, words ?? []);
        if (!given) continue;
        const dag = words?.findLast((word) => lastOfDag.has(word.replace('--dag-id=', '')))?.replace('--dag-id=', '');
        const values = { ...RECORDED_VALUES, ...(dag ? lastOfDag.get(dag) : {}), ...given };
        if (entry.exitCode === 0 && given['<run-id>']) lastOfDag.set(words?.at(-1) ?? '', given);
        return createReplayResult(release, entry, values);
      }
      // In argparse's form, so that it is read as the refusal that it is.
      const message = `airflow command error: REPLAY: no transcript has this command: ${text}, see help above.\n`;
      return createReplayResult(
        release,
        { words: [], exitCode: NOT_RECORDED_EXIT_CODE, stdout: '', stderr: message },
        {},
      );
    },
    async close() {},
  };
}

function splitCommand(text: string): string[] | undefined {
  try {
    return split(text);
  } catch {
    return undefined;
  }
}

/** What the words have in place of the entry's placeholders, or undefined where the words are others. */
function matchRecordedCommand(entry: RecordedCommand, words: readonly string[]): PlaceholderValues | undefined {
  const expected = normalizeOrder(entry.words);
  const actual = normalizeOrder(words);
  if (expected.length !== actual.length) return undefined;
  const values: PlaceholderValues = {};
  for (const [index, pattern] of expected.entries()) {
    const word = actual[index] ?? '';
    const placeholder = PLACEHOLDERS.find((one) => pattern.endsWith(one));
    if (!placeholder && word !== pattern) return undefined;
    if (!placeholder) continue;
    const before = pattern.slice(0, -placeholder.length);
    if (!word.startsWith(before)) return undefined;
    values[placeholder] = word.slice(before.length);
  }
  return values;
}

/** Options first and sorted, without the separator before positionals, which changes nothing. */
function normalizeOrder(words: readonly string[]): string[] {
  const options = words.filter((word) => word.startsWith('--') && word !== '--');
  return [...options.sort(), ...words.filter((word) => !word.startsWith('--'))];
}

function createReplayResult(
  release: string,
  entry: Pick<RecordedCommand, 'words' | 'exitCode' | 'stdout' | 'stderr'>,
  values: PlaceholderValues,
): AirflowResult {
  const banner = `REPLAY: recorded from Airflow ${release}, nothing was run\n`;
  return {
    exitCode: entry.exitCode,
    stdout: Buffer.from(fillPlaceholders(entry.stdout, values, entry.words.includes('--output=json'))),
    stderr: Buffer.from(banner + fillPlaceholders(entry.stderr, values, false)),
  };
}

function fillPlaceholders(stream: string, values: PlaceholderValues, json: boolean): string {
  return PLACEHOLDERS.reduce((text, placeholder) => {
    const value = values[placeholder] ?? '';
    if (placeholder === '<conf>') return text.replaceAll(placeholder, () => formatConfAsAirflow(value));
    return text.replaceAll(placeholder, () => (json ? JSON.stringify(value).slice(1, -1) : value));
  }, stream);
}

/** A conf as Airflow's JSON output shows it: values as text, ASCII only. The text as it is where it is not JSON. */
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
