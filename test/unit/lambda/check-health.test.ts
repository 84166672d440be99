import { expect, test, vi } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import type { AuditRecord } from '../../../lambda/relay/audit-log.ts';
import { checkHealth } from '../../../lambda/relay/check-health.ts';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import type { CliResponse } from '../../../mwaa/connection/create-post.ts';
import { type Caller, callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});

const caller = callerFromArn('arn:aws:sts::111122223333:assumed-role/team/jo')!;

/** A way to a host of which no name service knows. */
async function runHealthCheck(
  may: string[],
  token: () => Promise<{ token: string; hostname: string }>,
  as: Caller | null = caller,
) {
  const grants = [{ who: ['arn:aws:iam::111122223333:role/team'], may, line: 1 }];
  const environment = {
    name: 'prod',
    mwaaName: 'Prod',
    airflow: '2.10.3',
    catalog: AIRFLOW_2,
    grants,
    policy: compilePolicy(grants, AIRFLOW_2).policy,
    timeouts: { postSeconds: 10, abortSeconds: 20, connectSeconds: 5, tokenSeconds: 5, busySeconds: 5 },
    webServerDomains: [],
    limits: { answerBytes: 1_000_000, outputBytes: 1_000_000 },
  };
  const audit: AuditRecord = { requestId: 'r', lambdaRequestId: 'l', environment: 'prod' };
  let posts = 0;
  const upstream = {
    tokens: { get: token, invalidate: () => {} },
    post: async (): Promise<CliResponse> => {
      posts += 1;
      return { status: 500, body: '' };
    },
  };
  const signal = AbortSignal.timeout(10_000);
  const relay = { environment, send: createSendCommand(upstream), signal, timeLeftMs: () => 10_000, audit };
  const result = await checkHealth(relay, upstream, as ?? undefined).catch((error: unknown) => error);
  return { result: result as Problem, audit, posts };
}

const issueToken = async () => ({ token: 't', hostname: 'web-server.invalid' });

test('is refused without a grant, and nothing is tried', async () => {
  const token = vi.fn(issueToken);
  for (const may of [['@read', '@operate', 'version'], []]) {
    const { result, audit } = await runHealthCheck(may, token);
    expect(result).toMatchObject({ code: 'not-granted' });
    expect(audit).toMatchObject({ command: ['@health'], decision: 'refused' });
  }
  expect(token).not.toHaveBeenCalled();
});

test('names the step that fails with what to change, and tries none behind it', async () => {
  const { result, audit, posts } = await runHealthCheck(['@health'], issueToken);
  expect(result).toMatchObject({
    code: 'unhealthy',
    message: expect.stringMatching(
      /broken at: name resolution\. web-server\.invalid \(E\w+\)\. Its name cannot be resolved/,
    ),
    data: { environment: 'prod', airflowVersion: '2.10.3', healthy: false },
  });
  expect(result.data.steps).toEqual([
    { step: 'token', status: 'ok', durationMs: expect.any(Number) },
    { step: 'name resolution', status: 'failed', durationMs: expect.any(Number), detail: expect.any(String) },
    { step: 'connect', status: 'not tried' },
    { step: 'TLS', status: 'not tried' },
    { step: 'version', status: 'not tried' },
    { step: 'release', status: 'not tried' },
  ]);
  expect(audit).toMatchObject({ decision: 'allowed', grant: '@health', failedStep: 'name resolution' });
  expect(posts).toBe(0);
});

test('tells why there is no token', async () => {
  const { result } = await runHealthCheck(['@health'], async () => {
    throw new Problem('token-not-permitted', 'The role needs airflow:CreateCliToken.');
  });
  expect(result).toMatchObject({
    code: 'unhealthy',
    message: expect.stringContaining('broken at: token. The role needs airflow:CreateCliToken.'),
  });
});

test('the schedule needs no grant, and what is found is in its record', async () => {
  const environment = await runHealthCheck([], issueToken, null);
  expect(environment).toMatchObject({ result: { code: 'unhealthy' }, audit: { healthy: false, command: ['@health'] } });
});
