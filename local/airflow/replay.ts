import { readFile } from 'node:fs/promises';
import { words as split } from '../../airflow/words.ts';
import type { Finished, Runner } from './runner.ts';
import {
  PLACEHOLDERS,
  type Placeholder,
  RECORDED_VALUES,
  type Recorded,
  transcriptFile,
  unpack,
} from './transcript.ts';

/** Exit code where the transcript has no such command: `EX_USAGE` of sysexits.h, which Airflow does not use. */
export const NOT_RECORDED = 64;

/** Of the recorded scenes, those with DAG files that behave, and with processes that nobody killed. */
const SCENES_PLAYED = ['everyday', 'forms'];

type Values = Partial<Record<Placeholder, string>>;

/**
 * Answers from recorded runs of the real thing where no Airflow can be had. A command is found by its words; the order of
 * options does not matter, and run id, conf and logical date may be others than were recorded. Every answer says on
 * stderr that nothing was run. It remembers the run id last given for a DAG, so that a listing shows the run that was
 * "triggered"; beyond that it has no state, and a second trigger of one run id succeeds again.
 *
 * Rejects where the release has no transcript.
 */
export async function replayRunner(release: string): Promise<Runner> {
  const { recorded } = unpack(await readFile(transcriptFile(release), 'utf8'));
  const played = recorded.filter(({ scene }) => SCENES_PLAYED.includes(scene));
  const lastOfDag = new Map<string, Values>();
  return {
    kind: 'replay',
    release,
    async run(text) {
      const words = wordsOf(text);
      for (const entry of words ? played : []) {
        const given = match(entry, words ?? []);
        if (!given) continue;
        const dag = words?.findLast((word) => lastOfDag.has(word.replace('--dag-id=', '')))?.replace('--dag-id=', '');
        const values = { ...RECORDED_VALUES, ...(dag ? lastOfDag.get(dag) : {}), ...given };
        if (entry.exitCode === 0 && given['<run-id>']) lastOfDag.set(words?.at(-1) ?? '', given);
        return finished(release, entry, values);
      }
      // In argparse's form, so that it is read as the refusal that it is.
      const message = `airflow command error: REPLAY: no transcript has this command: ${text}, see help above.\n`;
      return finished(release, { words: [], exitCode: NOT_RECORDED, stdout: '', stderr: message }, {});
    },
    async close() {},
  };
}

function wordsOf(text: string): string[] | undefined {
  try {
    return split(text);
  } catch {
    return undefined;
  }
}

/** What the words have in place of the entry's placeholders, or undefined where the words are others. */
function match(entry: Recorded, words: readonly string[]): Values | undefined {
  const expected = inOneOrder(entry.words);
  const actual = inOneOrder(words);
  if (expected.length !== actual.length) return undefined;
  const values: Values = {};
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
function inOneOrder(words: readonly string[]): string[] {
  const options = words.filter((word) => word.startsWith('--') && word !== '--');
  return [...options.sort(), ...words.filter((word) => !word.startsWith('--'))];
}

function finished(
  release: string,
  entry: Pick<Recorded, 'words' | 'exitCode' | 'stdout' | 'stderr'>,
  values: Values,
): Finished {
  const banner = `REPLAY: recorded from Airflow ${release}, nothing was run\n`;
  return {
    exitCode: entry.exitCode,
    stdout: Buffer.from(filled(entry.stdout, values, entry.words.includes('--output=json'))),
    stderr: Buffer.from(banner + filled(entry.stderr, values, false)),
  };
}

function filled(stream: string, values: Values, json: boolean): string {
  return PLACEHOLDERS.reduce((text, placeholder) => {
    const value = values[placeholder] ?? '';
    if (placeholder === '<conf>') return text.replaceAll(placeholder, () => asAirflowEchoes(value));
    return text.replaceAll(placeholder, () => (json ? JSON.stringify(value).slice(1, -1) : value));
  }, stream);
}

/** A conf as Airflow's JSON output shows it: values as text, ASCII only. The text as it is where it is not JSON. */
function asAirflowEchoes(conf: string): string {
  try {
    return python(JSON.parse(conf));
  } catch {
    return conf;
  }
}

function python(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `${ascii(key)}: ${python(member)}`)
      .join(', ')}}`;
  }
  return ascii(typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
