import { expect, test } from 'vitest';
import { ProxyProblem } from '../../../../client/library/proxy-problem.ts';
import { ConnectionError } from '../../../../client/library/send-http-request.ts';
import { SettingsError } from '../../../../client/library/settings-error.ts';
import { describeFailure } from '../../../../client/pipeline/describe-failure.ts';
import { PROBLEM_TYPE_PREFIX } from '../../../../contract/problem-type-prefix.ts';
import { PROBLEM_TYPES } from '../../../../contract/problem-types.ts';

const createProblem = (code: string, isReadOnly = false) => {
  const problem = { type: `${PROBLEM_TYPE_PREFIX}${code}`, title: 'x', status: 500, detail: 'What is wrong.' };
  return new ProxyProblem(problem, isReadOnly);
};

const describe = (error: unknown, known: { sent?: number; aborted?: boolean; key?: string } = {}) =>
  describeFailure(error, {
    pipeline: { isRetriedWithSameKey: false },
    inputs: { url: 'https://api.example.com/v1', environment: 'prod' },
    proxy: { url: 'https://api.example.com/v1', token: async () => 'x' },
    signal: known.aborted ? AbortSignal.abort() : new AbortController().signal,
    token: '',
    sent: known.sent ?? 1,
    key: known.key,
  });

/** Problems after which the command has run, or may have run. After all others, nothing has. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'command-failed': 'failed',
  'outcome-unclear': 'unknown',
  'outcome-unknown': 'unknown',
  'gateway-error': 'unknown',
  'gateway-timeout': 'unknown',
  'relay-failed': 'unknown',
  'airflow-error': 'unknown',
  'airflow-timeout': 'unknown',
  'answer-too-large': 'unknown',
};

test.each(Object.keys(PROBLEM_TYPES))('the outcome after the problem %s', (code) => {
  expect([code, describe(createProblem(code)).outcome]).toEqual([code, OUTCOMES[code] ?? 'not-run']);
});

const lost = (requestSent: boolean, isReadOnly: boolean) =>
  new ConnectionError('https://api.example.com did not respond', requestSent, isReadOnly, {
    cause: new Error('ECONNRESET'),
  });

test.each([
  ['a connection that was lost after a change was sent', lost(true, false), {}, 3, 'unknown'],
  ['a connection that was never there', lost(false, false), {}, 69, 'not-run'],
  ['a connection that was lost after a read', lost(true, true), {}, 69, 'unknown'],
  ['a token that the job cannot have', new SettingsError('x'), { sent: 0 }, 78, 'not-run'],
  ['the same after the command was sent', new SettingsError('x'), {}, 3, 'unknown'],
  ['an error of our own before the command was sent', new Error('ENOSPC'), { sent: 0 }, 69, 'not-run'],
  ['an error of our own after it', new Error('ENOSPC'), {}, 3, 'unknown'],
  ['a cancelled job before the command was sent', new Error('aborted'), { sent: 0, aborted: true }, 130, 'not-run'],
  ['a cancelled job while the command is on its way', new Error('aborted'), { aborted: true }, 130, 'unknown'],
  ['a cancelled job between two requests for a slot', createProblem('busy'), { aborted: true }, 130, 'not-run'],
  [
    'a cancelled job after an answer with an unknown outcome',
    createProblem('outcome-unknown'),
    { aborted: true },
    3,
    'unknown',
  ],
  ['a cancelled job whose command failed', createProblem('command-failed'), { aborted: true }, 1, 'failed'],
] as const)('%s', (_what, error, known, exitCode, outcome) => {
  expect(describe(error, known)).toMatchObject({ exitCode, outcome });
});

test('names the key if the outcome is unknown, and only then', () => {
  expect(describe(createProblem('outcome-unknown'), { key: 'build-7' }).message).toMatch(
    /starts no second run.* Key: build-7$/,
  );
  expect(describe(createProblem('busy'), { key: 'build-7' }).message).not.toContain('build-7');
});
