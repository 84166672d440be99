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

describe('the scenes', () => {
  test('contain no line that is unknown to all recorded releases', () => {
    const catalogs = releases.map(CATALOGS.read);
    expect(lines.filter((line) => catalogs.every((catalog) => createSteps(catalog, line).length === 0))).toEqual([]);
  });

  test.each(releases)('contain every command that AWS lists for %s', (release) => {
    const { commands } = CATALOGS.read(release);
    const { recorded } = parseTranscript(readFileSync(new URL(`${release}.json`, folder), 'utf8'));
    const recordedLines = recorded.map(({ words }) => words.join(' '));
    const missing = commands
      .filter(({ listed }) => listed)
      .map(({ path }) => path.join(' '))
      .filter((path) => !recordedLines.some((line) => line === path || line.startsWith(`${path} `)));

    expect(missing).toEqual([]);
  });

  test('are sent in the mode that the first word of a line names', () => {
    const createStepsOf2 = (line: string) => createSteps(CATALOGS.read('2.10.3'), line);

    expect(createStepsOf2('json dags list')).toEqual([{ commands: [['dags', 'list', '--output=json']] }]);
    expect(createStepsOf2('raw dags list')).toEqual([{ commands: [['dags', 'list']] }]);
    expect(createStepsOf2('both dags list')).toHaveLength(2);
    expect(createStepsOf2('both version')).toEqual([{ commands: [['version']] }]);
    expect(createStepsOf2('typed dags nonsense')).toEqual([{ commands: [['dags', 'nonsense']] }]);
    expect(createStepsOf2('typed dags trigger --logical-date=now x')).toEqual([]);
    expect(createStepsOf2('typed nonsense')).toEqual([]);
    expect(createStepsOf2('json dags nonsense')).toEqual([]);
    expect(createStepsOf2('killed version')).toEqual([{ commands: [['version']], killed: true }]);
    expect(createStepsOf2('pair version & cheat-sheet')).toEqual([{ commands: [['version'], ['cheat-sheet']] }]);
    expect(createStepsOf2('pair version & nonsense')).toEqual([]);
  });
});

describe('a transcript', () => {
  const createCommand = (stdout: string): RecordedCommand => ({
    scene: 's',
    words: ['version'],
    exitCode: 0,
    stdout,
    stderr: '',
  });
  const repeatedLine = `${'a line that occurs more than once, '.repeat(2)}\n`;

  test.each<[what: string, transcript: Transcript]>([
    ['with lines', { release: '2.10.3', recorded: [createCommand('ü\nb'), createCommand('')] }],
    [
      'with a repeated line',
      { release: '2.10.3', recorded: [createCommand(repeatedLine), createCommand(`x\n${repeatedLine}`)] },
    ],
    [
      'of a killed process',
      { release: '2.10.3', recorded: [{ ...createCommand(''), exitCode: null, killedAfter: 0.5 }] },
    ],
  ])('%s is parsed to what was formatted', (_what, transcript) => {
    expect(parseTranscript(formatTranscript(transcript))).toEqual(transcript);
  });

  test('contains a repeated line once', () => {
    expect(
      formatTranscript({
        release: '2.10.3',
        recorded: [createCommand(repeatedLine), createCommand(repeatedLine)],
      }).split(repeatedLine.trim()),
    ).toHaveLength(2);
  });

  test('contains head and tail of a very long stream, and expands to the original number of lines', () => {
    const longStream = Array.from({ length: 5000 }, (_, number) => `line ${number}\n`).join('');
    const formatted = formatTranscript({ release: '2.10.3', recorded: [createCommand(longStream)] });
    const expandedLines = parseTranscript(formatted).recorded[0]?.stdout.split('\n') ?? [];

    expect(formatted.length).toBeLessThan(10_000);
    expect(formatted).toContain('"elidedLines":4800');
    expect(expandedLines).toHaveLength(5001);
    expect([0, 99, 100, 120, 4900, 4999].map((index) => expandedLines[index])).toEqual([
      'line 0',
      'line 99',
      'line 100',
      'line 100',
      'line 4900',
      'line 4999',
    ]);
  });

  test.each(files)('%s contains no path of the machine on which it was recorded', (file) => {
    expect(readFileSync(new URL(file, folder), 'utf8')).not.toMatch(/\/(tmp|root|home|Users|work)\//);
  });

  test.each(files)('%s is smaller than 800 kB', (file) => {
    expect(statSync(new URL(file, folder)).size).toBeLessThan(800_000);
  });
});
