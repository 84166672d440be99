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

describe('the verdict over all transcripts, in every dress', () => {
  test('is never a false success', () => expect(statistics.falseSuccesses).toEqual([]));
  test('is never a false failure', () => expect(statistics.falseFailures).toEqual([]));
  test('is never open where the command tells', () => expect(findWronglyUndecided(cases)).toEqual([]));

  test('is nowhere unclear for a process that ended by itself', () => {
    console.info(formatStatistics(cases, statistics));
    expect([...statistics.undecided.keys()].filter((what) => what.includes('unclear'))).toEqual([]);
  });

  test('takes a killed process for a success only where its whole answer was out', () => {
    const killed = cases.filter(({ killedAfter }) => killedAfter !== undefined && killedAfter < 1);

    expect(killed.length).toBeGreaterThan(100);
    for (const one of killed) {
      expect(
        [...generateResponseVariants(one)].map((dressed) => determineVariantVerdict(one, dressed).outcome),
      ).not.toContain('succeeded');
    }
  });
});

describe('a standard output that ends too early', () => {
  /** One of each command and form, of those whose outcome is told from the streams. */
  const told = cases.filter(
    ({ scene, command, exitCode, stdout }) =>
      scene === 'forms' && DECIDABLE_COMMANDS.test(command) && exitCode === 0 && stdout.length < 2000,
  );
  const kinds = new Map<string, RecordedCase>(
    told.map((one) => [`${one.release} ${one.command} ${one.words.includes('--output=json')}`, one]),
  );

  test.each([...kinds.keys()])('is no success, wherever it is cut: %s', (kind) => {
    const one = kinds.get(kind) as RecordedCase;
    const [plain] = [...generateResponseVariants(one)];
    const takenForSuccess = [...one.stdout]
      .map((_, at) => at)
      .filter((at) => {
        const body = JSON.stringify({ stdout: Buffer.from(one.stdout.slice(0, at)).toString('base64'), stderr: null });
        return plain && determineVariantVerdict(one, { ...plain, body }).outcome === 'succeeded';
      });

    // What is left out there is blank: a line end. The table of 1.10 has no end that can be seen: it is cut between rows.
    const rows = one.command === 'list_dag_runs';
    const early = takenForSuccess.filter((at) => !(rows && one.stdout[at - 1] === '\n'));
    expect(early.map((at) => one.stdout.slice(at).trim()).filter((rest) => rest !== '')).toEqual([]);
  });
});

describe('the output over all transcripts', () => {
  const asked = cases.filter(({ words, exitCode }) => words.includes('--output=json') && exitCode === 0);

  test('is what the command printed, whatever is around it', () => {
    for (const one of asked) {
      const printed = one.stdout.trimEnd().split('\n').at(-1) ?? '';
      const expected = printed.startsWith('[') ? JSON.parse(printed) : null;
      for (const dressed of generateResponseVariants(one)) {
        expect({ line: one.commandLine, output: determineVariantVerdict(one, dressed).output }).toEqual({
          line: one.commandLine,
          output: expected,
        });
      }
    }
    expect(asked.length).toBeGreaterThan(100);
  });

  test('is null where no JSON was asked for: tables and values stay as they are', () => {
    const others = cases.filter(({ words }) => !words.includes('--output=json'));
    const outputs = others.flatMap((one) =>
      [...generateResponseVariants(one)].map((dressed) => determineVariantVerdict(one, dressed).output),
    );

    expect(new Set(outputs)).toEqual(new Set([null]));
  });
});
