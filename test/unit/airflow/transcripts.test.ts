import { describe, expect, test } from 'vitest';
import {
  computeStatistics,
  DECIDABLE_COMMANDS,
  determineVariantVerdict,
  findWronglyUndecided,
  formatStatistics,
  generateResponseVariants,
  loadCases,
  type RecordedCase,
} from './recorded-cases.ts';

const cases = loadCases(new URL('../../../local/airflow/transcripts/', import.meta.url));
const statistics = computeStatistics(cases);

describe('the verdict on every transcript in every response form', () => {
  test('is never a false success', () => expect(statistics.falseSuccesses).toEqual([]));
  test('is never a false failure', () => expect(statistics.falseFailures).toEqual([]));
  test('is never undecided for a decidable command', () => expect(findWronglyUndecided(cases)).toEqual([]));

  test('is never unclear for a process that was not killed', () => {
    console.info(formatStatistics(cases, statistics));
    expect([...statistics.undecided.keys()].filter((key) => key.includes('unclear'))).toEqual([]);
  });

  test('is never success for a process that was killed before it printed its complete output', () => {
    const killed = cases.filter(({ killedAfter }) => killedAfter !== undefined && killedAfter < 1);

    expect(killed.length).toBeGreaterThan(100);
    for (const recorded of killed) {
      const responses = [...generateResponseVariants(recorded)];
      const outcomes = responses.map((response) => determineVariantVerdict(recorded, response).outcome);
      expect(outcomes).not.toContain('succeeded');
    }
  });
});

describe('a truncated standard output', () => {
  /** One successful case of each decidable command, with and without JSON. */
  const decided = cases.filter(
    ({ scene, command, exitCode, stdout }) =>
      scene === 'forms' && DECIDABLE_COMMANDS.test(command) && exitCode === 0 && stdout.length < 2000,
  );
  const kinds = new Map<string, RecordedCase>(
    decided.map((recorded) => [
      `${recorded.release} ${recorded.command} ${recorded.words.includes('--output=json') ? 'as JSON' : ''}`,
      recorded,
    ]),
  );

  test.each([...kinds.keys()])('is never a success, wherever it is truncated: %s', (kind) => {
    const recorded = kinds.get(kind) as RecordedCase;
    const { stdout } = recorded;
    const [plain] = [...generateResponseVariants(recorded)];
    const cutsJudgedSuccessful = [...stdout]
      .map((_, at) => at)
      .filter((at) => {
        const body = JSON.stringify({ stdout: Buffer.from(stdout.slice(0, at)).toString('base64'), stderr: null });
        return plain && determineVariantVerdict(recorded, { ...plain, body }).outcome === 'succeeded';
      });

    // Only whitespace may be missing.
    expect(cutsJudgedSuccessful.map((at) => stdout.slice(at).trim()).filter((rest) => rest !== '')).toEqual([]);
  });
});

describe('the output of every transcript', () => {
  const jsonCases = cases.filter(({ words, exitCode }) => words.includes('--output=json') && exitCode === 0);

  test('is the JSON that the command printed, without what MWAA adds around it', () => {
    for (const recorded of jsonCases) {
      const printed = recorded.stdout.trimEnd().split('\n').at(-1) ?? '';
      const expected = printed.startsWith('[') ? JSON.parse(printed) : null;
      for (const response of generateResponseVariants(recorded)) {
        expect(determineVariantVerdict(recorded, response).output, recorded.commandLine).toEqual(expected);
      }
    }
    expect(jsonCases.length).toBeGreaterThan(100);
  });

  test('is null if JSON was not requested', () => {
    const others = cases.filter(({ words }) => !words.includes('--output=json'));
    const outputs = others.flatMap((recorded) =>
      [...generateResponseVariants(recorded)].map((response) => determineVariantVerdict(recorded, response).output),
    );

    expect(new Set(outputs)).toEqual(new Set([null]));
  });
});
