import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATALOGS } from '../../../files/catalogs.ts';
import {
  formatTranscript,
  parseTranscript,
  type RecordedCommand,
  type Transcript,
} from '../../../local/airflow/transcript.ts';
import { createSteps } from '../../../tools/recordings/create-steps.ts';
import { SCENES } from '../../../tools/recordings/scenes.ts';

const folder = new URL('../../../local/airflow/transcripts/', import.meta.url);
const files = readdirSync(folder);
const releases = files.map((file) => file.replace(/\.json$/, ''));
const lines = SCENES.flatMap((scene) => scene.lines);

describe('the script', () => {
  test('has no line that none of the recorded releases knows', () => {
    const catalogs = releases.map(CATALOGS.read);
    expect(lines.filter((line) => catalogs.every((one) => createSteps(one, line).length === 0))).toEqual([]);
  });

  test.each(releases)('runs every command that AWS lists for %s', (release) => {
    const { commands } = CATALOGS.read(release);
    const { recorded } = parseTranscript(readFileSync(new URL(`${release}.json`, folder), 'utf8'));
    const ran = recorded.map(({ words }) => words.join(' '));
    const missing = commands
      .filter(({ listed }) => listed)
      .map(({ path }) => path.join(' '))
      .filter((path) => !ran.some((line) => line === path || line.startsWith(`${path} `)));

    expect(missing).toEqual([]);
  });

  test('says by the first word of a line how it is sent', () => {
    const words = (line: string) => createSteps(CATALOGS.read('2.10.3'), line);

    expect(words('json dags list')).toEqual([{ commands: [['dags', 'list', '--output=json']] }]);
    expect(words('raw dags list')).toEqual([{ commands: [['dags', 'list']] }]);
    expect(words('both dags list')).toHaveLength(2);
    expect(words('both version')).toEqual([{ commands: [['version']] }]);
    expect(words('typed dags nonsense')).toEqual([{ commands: [['dags', 'nonsense']] }]);
    expect(words('typed dags trigger --logical-date=now x')).toEqual([]);
    expect(words('typed nonsense')).toEqual([]);
    expect(words('json dags nonsense')).toEqual([]);
    expect(words('killed version')).toEqual([{ commands: [['version']], killed: true }]);
    expect(words('pair version & cheat-sheet')).toEqual([{ commands: [['version'], ['cheat-sheet']] }]);
    expect(words('pair version & nonsense')).toEqual([]);
  });
});

describe('a transcript', () => {
  const entry = (stdout: string): RecordedCommand => ({
    scene: 's',
    words: ['version'],
    exitCode: 0,
    stdout,
    stderr: '',
  });
  const twice = `${'a line that stands there more than once, '.repeat(2)}\n`;

  test.each<[what: string, transcript: Transcript]>([
    ['with lines', { release: '2.10.3', recorded: [entry('ü\nb'), entry('')] }],
    ['with a line that comes again', { release: '2.10.3', recorded: [entry(twice), entry(`x\n${twice}`)] }],
    ['of a killed process', { release: '2.10.3', recorded: [{ ...entry(''), exitCode: null, killedAfter: 0.5 }] }],
  ])('is read as it was written: %s', (_what, transcript) => {
    expect(parseTranscript(formatTranscript(transcript))).toEqual(transcript);
  });

  test('keeps a repeated line once', () => {
    expect(
      formatTranscript({ release: '2.10.3', recorded: [entry(twice), entry(twice)] }).split(twice.trim()),
    ).toHaveLength(2);
  });

  test('keeps head and tail of a very long stream, and reads as many lines of the same kind between them', () => {
    const long = Array.from({ length: 5000 }, (_, number) => `line ${number}\n`).join('');
    const packed = formatTranscript({ release: '2.10.3', recorded: [entry(long)] });
    const read = parseTranscript(packed).recorded[0]?.stdout.split('\n') ?? [];

    expect(packed.length).toBeLessThan(10_000);
    expect(packed).toContain('"elidedLines":4800');
    expect(read).toHaveLength(5001);
    expect([read[0], read[99], read[100], read[120], read[4900], read[4999]]).toEqual([
      'line 0',
      'line 99',
      'line 100',
      'line 100',
      'line 4900',
      'line 4999',
    ]);
  });

  test.each(files)('%s holds nothing of the machine it was recorded on', (file) => {
    expect(readFileSync(new URL(file, folder), 'utf8')).not.toMatch(/\/(tmp|root|home|Users|work)\//);
  });

  test.each(files)('%s is well under 1 MiB', (file) => {
    expect(statSync(new URL(file, folder)).size).toBeLessThan(800_000);
  });
});
