import { describe, expect, test } from 'vitest';
import { casesIn, dresses, figuresOf, read } from './recorded.ts';

const cases = casesIn(new URL('../../../local/airflow/transcripts/', import.meta.url));
const figures = figuresOf(cases);

/** Commands whose outcome must be told from the streams alone, whatever form of output was asked for. */
const TELLS =
  /^(version|(dags (trigger|pause|unpause|list\S*|state|delete))|variables (list|get|set|delete)|trigger_dag|pause|unpause|list_dags|list_dag_runs|dag_state|delete_dag)$/;

describe('the verdict over all transcripts, in every dress', () => {
  test('is never a false success', () => expect(figures.falseSuccesses).toEqual([]));
  test('is never a false failure', () => expect(figures.falseFailures).toEqual([]));

  test('is open only where the command says nothing that tells', () => {
    const open = [...figures.open].map(([what, commands]) => `${commands.size} × ${what}`).sort();
    console.info(`${cases.length} recorded commands, ${figures.answers} answers\n${open.join('\n')}`);

    const mustTell = [...figures.open.keys()].filter((what) =>
      TELLS.test(what.replace(/^\S+ \S+ /, '').split(':')[0] ?? ''),
    );
    expect(mustTell).toEqual([]);
    expect(open.filter((what) => what.includes('unclear'))).toEqual([]);
  });

  test('takes a killed process for a success only where its whole answer was out', () => {
    const killed = cases.filter(({ killedAfter }) => killedAfter !== undefined);
    console.info(
      `${killed.length} killed; taken for successes, for their whole answer was out: ${figures.killedAfterTheAnswer.size}`,
    );

    expect(killed.length).toBeGreaterThan(0);
    for (const one of killed.filter(({ killedAfter }) => killedAfter !== 1)) {
      expect([...dresses(one)].map((dressed) => read(one, dressed).outcome)).not.toContain('succeeded');
    }
  });
});

describe('the output over all transcripts', () => {
  const asked = cases.filter(({ words, exitCode }) => words.includes('--output=json') && exitCode === 0);

  test('is what the command printed, whatever is around it', () => {
    for (const one of asked) {
      const printed = one.stdout.trimEnd().split('\n').at(-1) ?? '';
      const expected = /^[[{]/.test(printed) ? JSON.parse(printed) : null;
      for (const dressed of dresses(one)) {
        expect({ line: one.line, output: read(one, dressed).output }).toEqual({ line: one.line, output: expected });
      }
    }
    expect(asked.length).toBeGreaterThan(100);
  });

  test('is null where no JSON was asked for: tables and values stay as they are', () => {
    const others = cases.filter(({ words }) => !words.includes('--output=json'));
    const outputs = others.flatMap((one) => [...dresses(one)].map((dressed) => read(one, dressed).output));

    expect(new Set(outputs)).toEqual(new Set([null]));
  });
});
