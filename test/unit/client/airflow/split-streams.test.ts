import { describe, expect, test } from 'vitest';
import type { CliStreams } from '../../../../airflow/streams.ts';
import { decodeStreams } from '../../../../airflow/streams.ts';
import { runAndPrint } from '../../../../client/airflow/run-and-print.ts';
import type { CommandResult } from '../../../../client/library/api-types.ts';
import { ProxyProblem } from '../../../../client/library/proxy-problem.ts';
import type { Settings } from '../../../../client/settings.ts';
import { Problem, toProblemDetails } from '../../../../contract/problem.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';
import { executeCommand } from '../../../../mwaa/cli/execute-command.ts';
import { generateResponseVariants, loadCases, type RecordedCase } from '../../airflow/recorded-cases.ts';

const cases = ['../../../../local/airflow/transcripts/', '../../../fixtures/held-out-transcripts/']
  .flatMap((folder) => loadCases(new URL(folder, import.meta.url)))
  // Long texts are of the same kinds as others.
  .filter(({ stdout, stderr }) => stdout.length + stderr.length < 50_000)
  // Of the others, the relay sends none.
  .filter(({ invocation, words }) => invocation.values.size > 0 || words.length === invocation.command.path.length);

interface Answer {
  readonly status: number;
  readonly streams: CliStreams;
}

/** What the relay returns for an answer of MWAA: a result, or a problem. */
async function relay({ invocation, release }: RecordedCase, answer: Answer, isSplit: boolean, outputBytes = 1_000_000) {
  const connection = {
    environment: {
      name: 'prod',
      airflow: release,
      catalog: CATALOGS.read(release),
      limits: { outputBytes },
    },
    send: async () => answer,
    signal: new AbortController().signal,
    timeLeftMs: () => 1000,
  };
  const command = {
    invocation,
    retrySafe: false,
    unknownOutcomeRemedy: 'Check.',
    responseMembers: {},
    ...(isSplit ? { streams: 'split' as const } : {}),
  };
  const members = await executeCommand(connection, command, {}).catch((error: unknown) => {
    if (error instanceof Problem) return { problem: toProblemDetails(error) };
    throw error;
  });
  return JSON.parse(JSON.stringify(members)) as object;
}

/** What `airflow` prints for a response of the proxy. */
async function print(words: readonly string[], response: object, streamMode: Settings['streamMode']) {
  const run = async () => {
    if ('problem' in response) throw new ProxyProblem(response.problem as ProxyProblem['problem']);
    return response as CommandResult;
  };
  const printed = { stdout: '', stderr: '' };
  const { exitCode } = await runAndPrint(
    { run, runSplit: run, runState: () => Promise.reject(run), release: () => Promise.reject(run) },
    { streamMode, proxy: {} } as Settings,
    words,
    {
      stdout: (text) => (printed.stdout += text),
      stderr: (text) => (printed.stderr += text),
      printMessage: (text) => (printed.stderr += `airflow: ${text}\n`),
    },
    {},
  );
  return { exitCode, ...printed };
}

/** In this form, log lines and escape sequences surround what Airflow printed. */
const isSurrounded = ({ variant }: { readonly variant: string }): boolean =>
  variant.startsWith('a log handler notice and log lines, HTTP 200, no') && variant.endsWith('""');

test('what the relay splits is printed like what the client splits itself, for every recorded command', async () => {
  const counts = { results: 0, problems: 0 };
  for (const recorded of cases) {
    const variants = [...generateResponseVariants(recorded)].filter(isSurrounded);
    for (const { status, body } of variants) {
      const answer = { status, streams: decodeStreams(body)! };
      const [whole, split] = [
        await relay(recorded, answer, false, 10_000_000),
        await relay(recorded, answer, true, 10_000_000),
      ];

      counts['problem' in split ? 'problems' : 'results'] += 1;
      expect(Object.keys('problem' in split ? (split.problem as object) : split)).not.toContain('stdout');
      for (const mode of ['quiet', 'all'] as const)
        expect(await print(recorded.words, split, mode)).toEqual(await print(recorded.words, whole, mode));
    }
  }
  console.info(`${counts.results} results and ${counts.problems} problems are printed alike.`);
  expect(counts.results).toBeGreaterThan(1000);
  expect(counts.problems).toBeGreaterThan(300);
});

describe('a split response', () => {
  const list = cases.find(({ words, exitCode }) => words.join(' ') === 'dags list --output=json' && exitCode === 0)!;
  const LOG = '[2026-11-22T12:00:00.123+0000] {dagbag.py:387} ERROR - no\n';
  const respond = (stdout: string, stderr = '') =>
    relay(list, { status: 200, streams: { stdout, stderr } }, true) as Promise<Record<string, unknown>>;

  test('keeps an answer behind more than the limit, and the last messages', async () => {
    const response = await respond(LOG.repeat(40_000) + list.stdout, 'the end\n');

    expect(response).toMatchObject({
      outcome: 'succeeded',
      output: JSON.parse(list.stdout),
      answer: list.stdout,
      messagesTruncated: true,
    });
    expect(response).not.toHaveProperty('answerTruncated');
    const messages = response.messages as object[];
    expect(messages).toEqual([
      { stream: 'stdout', kind: 'log', text: expect.stringContaining(LOG) },
      { stream: 'stderr', kind: 'text', text: 'the end\n' },
    ]);
    expect(JSON.stringify(messages).length).toBeLessThan(1_050_000);
  });

  test('has the return code, if MWAA sends one', async () => {
    const streams = { stdout: '[]\n', stderr: '', returncode: 0 };
    expect(await relay(list, { status: 200, streams }, true)).toMatchObject({ answer: '[]\n', returncode: 0 });
  });

  test('has the problem of the command, with its answer and messages', async () => {
    const response = await respond(`${LOG}hello\n`, 'Traceback (most recent call last):\n');

    expect(response.problem).toMatchObject({
      answer: 'hello\n',
      messages: [
        { stream: 'stdout', kind: 'log', text: LOG },
        { stream: 'stderr', kind: 'text', text: 'Traceback (most recent call last):\n' },
      ],
    });
  });
});
