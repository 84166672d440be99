import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { CliStreams } from '../../../../airflow/streams.ts';
import { decodeStreams } from '../../../../airflow/streams.ts';
import { determineVerdict } from '../../../../airflow/verdict.ts';
import { runAndPrint } from '../../../../client/airflow/run-and-print.ts';
import type { CommandResult } from '../../../../client/library/api-types.ts';
import type { Settings } from '../../../../client/settings.ts';
import { generateResponseVariants, loadCases, type RecordedCase } from '../../airflow/recorded-cases.ts';

const cases = ['../../../../local/airflow/transcripts/', '../../../fixtures/held-out-transcripts/'].flatMap((folder) =>
  loadCases(new URL(folder, import.meta.url)),
);

/** Prints the response to a recorded command as the `airflow` command does. Undefined if the command did not succeed. */
async function printRecorded(
  recorded: RecordedCase,
  { stdout, stderr }: CliStreams,
  streamMode: Settings['streamMode'] = 'quiet',
) {
  const { release: airflowVersion, words: command, invocation } = recorded;
  const { isNormalResult, ...verdict } = determineVerdict(invocation, 200, { stdout, stderr }, airflowVersion);
  if (!isNormalResult) return undefined;
  const result = {
    requestId: 'r',
    environment: 'e',
    airflowVersion,
    command,
    durationMs: 1,
    stdout,
    stderr,
    ...verdict,
  };
  const printed = { stdout: '', stderr: '', messages: [] as string[] };
  await runAndPrint(
    {
      run: async () => result as CommandResult,
      runSplit: async () => result as CommandResult,
      runState: () => Promise.reject(new Error('not called')),
      release: async () => airflowVersion,
    },
    { streamMode } as Settings,
    command,
    {
      stdout: (text) => (printed.stdout += text),
      stderr: (text) => (printed.stderr += text),
      printMessage: (text) => printed.messages.push(text),
    },
    {},
  );
  return { ...printed, output: verdict.output };
}

/** Every response to the recorded commands of a format that did not fail, as it is printed. */
async function printAll(format: string) {
  const selected = cases.filter(
    ({ words, killedAfter }) => words.includes(`--output=${format}`) && killedAfter === undefined,
  );
  const printed = [];
  for (const recorded of selected) {
    for (const { body, status, variant } of generateResponseVariants(recorded)) {
      if (status !== 200 || !variant.endsWith('no return code, empty streams are ""')) continue;
      const streams = decodeStreams(body) as CliStreams;
      const shown = await printRecorded(recorded, streams);
      if (shown !== undefined) printed.push({ recorded, streams, ...shown });
    }
  }
  return printed;
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('every recorded command with --output=json', async () => {
  const printed = await printAll('json');
  const answers = printed.filter(({ stdout }) => stdout !== '');

  test('prints what a JSON parser reads, and nothing else, on standard output', () => {
    const before = printed.filter(({ streams }) => isJson(streams.stdout)).length;
    console.info(
      `${printed.length} responses: ${before} parse as a whole as MWAA returns them, ${answers.length} as they are printed, ` +
        `${printed.length - answers.length} have no JSON, and nothing is printed to standard output.`,
    );
    expect(answers.filter(({ stdout }) => !isJson(stdout)).map(({ stdout }) => stdout)).toEqual([]);
    expect(answers.length).toBeGreaterThan(1000);
  });

  test('prints the value of the verdict, byte for byte as Airflow printed it', () => {
    for (const { streams, stdout, output } of answers) {
      if (output !== null) expect(JSON.parse(stdout)).toEqual(output);
      expect(streams.stdout).toContain(stdout);
    }
  });

  test('prints a sentence to standard error where Airflow prints no JSON', () => {
    const sentences = printed.filter(({ stdout }) => stdout === '');
    expect(sentences.filter(({ output }) => output !== null)).toEqual([]);
    const kinds = new Set(sentences.map(({ recorded, streams }) => streams.stdout.includes('[{') || recorded.command));
    expect([...kinds].sort()).toEqual(['dags pause', 'dags unpause', 'plugins', 'pools set', 'providers get']);
    for (const { stderr } of sentences) expect(stderr).toMatch(/(?:No \w+|Pool|Provider:) /);
  });

  test('is read by jq', ({ skip }) => {
    const { error, stdout } = spawnSync('jq', ['-s', 'length'], {
      input: answers.map((answer) => answer.stdout).join(''),
      encoding: 'utf8',
    });
    if (error) skip('jq is not installed');
    expect(Number(stdout)).toBe(answers.length);
  });
});

test('every recorded command with --output=yaml prints one YAML list', async () => {
  const printed = await printAll('yaml');
  for (const { stdout } of printed) expect(parseYaml(stdout)).toEqual(expect.any(Array));
  expect(printed.length).toBeGreaterThan(10);
});

test.each(['notice', 'warning'])('the quiet mode leaves out no log record and no text: a %s', async (kind) => {
  const words = kind === 'notice' ? /CloudWatch|setup plugin|auth backend/ : /Warning/;
  const recorded = cases.find(
    ({ stdout, stderr, exitCode, command }) =>
      exitCode === 0 && command === 'dags list' && words.test(stdout + stderr) && /Failed to load/.test(stderr),
  )!;
  const quiet = await printRecorded(recorded, recorded);
  const all = await printRecorded(recorded, recorded, 'all');
  const raw = await printRecorded(recorded, recorded, 'raw');

  expect(quiet!.stderr).toContain('Failed to load all files');
  expect(quiet!.stderr).not.toMatch(words);
  expect(all!.stderr).toMatch(words);
  expect(all!.stdout).toBe(quiet!.stdout);
  expect(raw).toMatchObject({ stdout: recorded.stdout, stderr: recorded.stderr });
});

test('nothing that a recorded command printed is lost with all streams', async () => {
  for (const recorded of cases.filter(({ killedAfter }) => killedAfter === undefined)) {
    const shown = await printRecorded(recorded, recorded, 'all');
    if (shown === undefined) continue;
    const sort = (text: string) => text.match(/[^\n]+/g)?.sort() ?? [];
    expect(sort(shown.stdout + shown.stderr)).toEqual(sort(`${recorded.stdout}\n${recorded.stderr}`));
  }
});
