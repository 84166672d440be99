import { describe, expect, test } from 'vitest';
import { type Answer, NoAnswer } from '../../../lambda/mwaa/post.ts';
import { commandSender } from '../../../lambda/mwaa/send-command.ts';
import { Problem } from '../../../lambda/problem.ts';
import type { AuditRecord } from '../../../lambda/relay/audit.ts';
import { relayCommand } from '../../../lambda/relay/relay-command.ts';
import type { RelayEnvironment } from '../../../lambda/relay/relay-environment.ts';
import { readRequestBody } from '../../../lambda/relay/request-body.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compile } from '../../../policy/policy.ts';
import { AIRFLOW_2 } from '../airflow/catalogues.ts';

const grants = [
  {
    who: ['arn:aws:iam::111122223333:role/team'],
    may: ['dags trigger * --conf=*', 'dags list', 'variables set * *', 'tasks clear *'],
    line: 3,
  },
];
const environment: RelayEnvironment = {
  name: 'prod',
  mwaaName: 'Prod',
  airflow: '2.10.3',
  catalogue: AIRFLOW_2,
  grants,
  policy: compile(grants, AIRFLOW_2).policy,
  timeouts: { postSeconds: 10, abortSeconds: 20, connectSeconds: 5, tokenSeconds: 5, busySeconds: 5 },
  limits: { answerBytes: 1_000_000, outputBytes: 1_000_000 },
};
const caller = callerFromArn('arn:aws:sts::111122223333:assumed-role/team/jo')!;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const streams = (stdout: string, stderr = ''): string =>
  JSON.stringify({ stdout: base64(stdout), stderr: base64(stderr) });
const RUN = streams('[{"dag_id": "d", "dag_run_id": "r"}]');

/** Runs a command against answers given in turn. Tells what was sent and how many tokens were asked for. */
async function relay(command: string, answers: readonly (Answer | NoAnswer)[]) {
  const left = [...answers];
  const sent: string[] = [];
  let tokens = 0;
  const audit: AuditRecord = { requestId: 'id-1', environment: 'prod' };
  const upstream = {
    tokens: {
      get: async () => ({ token: `secret-${++tokens}`, hostname: 'web.example' }),
      forget: () => {},
    },
    post: async (_token: unknown, line: string) => {
      sent.push(line);
      const answer = left.shift()!;
      if (answer instanceof NoAnswer) throw answer;
      return answer;
    },
  };
  const request = readRequestBody('text/plain', command);
  const result = await relayCommand(
    environment,
    commandSender(upstream),
    caller,
    request,
    audit,
    AbortSignal.timeout(1000),
  ).catch((error: unknown) => error);
  return { result, sent, tokens, audit };
}

test('a granted command is sent once, completed, and its answer read', async () => {
  const { result, sent, tokens, audit } = await relay(`dags trigger d --conf '{"a":1}'`, [{ status: 200, body: RUN }]);
  expect(sent).toEqual([
    `dags trigger --conf='{"a":1}' --no-replace-microseconds --output=json --run-id=mwaa-cli-proxy__id-1 d`,
  ]);
  expect(tokens).toBe(1);
  expect(result).toMatchObject({
    environment: 'prod',
    airflowVersion: '2.10.3',
    runId: 'mwaa-cli-proxy__id-1',
    outcome: 'succeeded',
    output: [{ dag_id: 'd', dag_run_id: 'r' }],
  });
  expect(audit).toMatchObject({
    decision: 'allowed',
    grant: 'dags trigger * --conf=*',
    grantLine: 3,
    outcome: 'succeeded',
  });
  expect(audit.command?.join(' ')).toBe(
    'dags trigger --conf=*** --no-replace-microseconds --output=json --run-id=mwaa-cli-proxy__id-1 d',
  );
});

test('what is not granted asks for no token and sends nothing', async () => {
  const { result, sent, tokens, audit } = await relay('dags delete d', []);
  expect(result).toMatchObject({
    code: 'not-granted',
    message: expect.stringContaining('Granted to this caller: dags trigger * --conf=*; dags list;'),
    data: { granted: grants[0]!.may },
  });
  expect({ sent, tokens, decision: audit.decision }).toEqual({ sent: [], tokens: 0, decision: 'refused' });
});

describe('an answer that is not a 200 with streams', () => {
  const TRACEBACK = 'Traceback (most recent call last):\n  File "/bin/airflow", line 8, in <module>\na.B: no\n';
  const HTML = '<html>';

  test.each<
    [what: string, command: string, answers: (Answer | NoAnswer)[], problem: string, retrySafe: boolean | undefined]
  >([
    ['a failure', 'dags trigger d', [{ status: 200, body: streams('', TRACEBACK) }], 'command-failed', undefined],
    [
      'a failure as 400',
      'dags trigger d',
      [{ status: 400, body: streams('', TRACEBACK) }],
      'command-failed',
      undefined,
    ],
    ['no JSON in it', 'dags trigger d', [{ status: 200, body: streams('Killed') }], 'outcome-unclear', false],
    ['no JSON in it, a read', 'dags list', [{ status: 200, body: streams('Killed') }], 'outcome-unclear', true],
    [
      '403 twice',
      'dags trigger d',
      [
        { status: 403, body: HTML },
        { status: 403, body: HTML },
        { status: 200, body: streams('2.10.3') },
      ],
      'command-refused',
      undefined,
    ],
    ['503', 'dags trigger d', [{ status: 503, body: HTML }], 'airflow-busy', undefined],
    ['500', 'dags trigger d', [{ status: 500, body: HTML }], 'outcome-unknown', undefined],
    ['500, a read', 'dags list', [{ status: 500, body: HTML }], 'airflow-error', undefined],
    ['500 with streams', 'tasks clear d', [{ status: 500, body: RUN }], 'outcome-unknown', undefined],
    ['200 with HTML', 'dags trigger d', [{ status: 200, body: HTML }], 'outcome-unknown', undefined],
    ['not reached', 'dags trigger d', [new NoAnswer('ECONNREFUSED', false)], 'airflow-unreachable', undefined],
    ['cut off after sending', 'dags trigger d', [new NoAnswer('ECONNRESET', true)], 'outcome-unknown', undefined],
    ['cut off, a read', 'dags list', [new NoAnswer('ECONNRESET', true)], 'airflow-error', undefined],
  ])('%s: %s', async (_what, command, answers, problem, retrySafe) => {
    const { result, sent } = await relay(command, answers);
    expect(result).toBeInstanceOf(Problem);
    expect(result).toMatchObject({ code: problem });
    expect((result as Problem).data.retrySafe).toBe(retrySafe);
    expect(sent).toHaveLength(answers.length);
  });

  test('403 once is a stale token: a new one is asked for, and the command sent again', async () => {
    const { result, sent, tokens } = await relay('dags trigger d', [
      { status: 403, body: HTML },
      { status: 200, body: RUN },
    ]);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect({ sent: sent.length, tokens }).toEqual({ sent: 2, tokens: 2 });
  });

  test('an open fate names the run to look for', async () => {
    const { result } = await relay('dags trigger d', [new NoAnswer('no answer in time', true)]);
    expect(result).toMatchObject({
      message: expect.stringContaining('Look for run mwaa-cli-proxy__id-1'),
      data: { runId: 'mwaa-cli-proxy__id-1' },
    });
  });
});

test('values are masked in the audit record, also of commands that are refused', async () => {
  const { audit } = await relay('variables set api_key hunter2 --description secret', []);
  expect(JSON.stringify(audit)).not.toMatch(/hunter2|secret/);
  expect(audit.command).toContain('api_key');
});
