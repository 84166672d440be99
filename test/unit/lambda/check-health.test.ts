import { expect, test, vi } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { checkHealth } from '../../../lambda/relay/check-health.ts';
import type { CliTokenSource } from '../../../mwaa/cli-token.ts';
import { createRelayEnvironment, createTeamGrants, createTestRelay, TEAM_CALLER } from './relay-fixture.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});

async function runHealthCheck(may: string[], requestToken: CliTokenSource) {
  const environment = createRelayEnvironment(createTeamGrants(may));
  const { relay, upstream, sent, record } = createTestRelay(
    environment,
    () => ({ status: 500, body: '' }),
    requestToken,
  );
  const result = await checkHealth(relay, upstream, TEAM_CALLER).catch((error: unknown) => error);
  return { result: result as Problem, record, sent };
}

/** A token for a host name that does not resolve. */
const issueToken = async () => ({ token: 't', hostname: 'web-server.invalid' });

test('rejects a caller without a grant before requesting a token', async () => {
  const requestToken = vi.fn(issueToken);
  for (const may of [['@read', '@operate', 'version'], []]) {
    const { result, record } = await runHealthCheck(may, requestToken);
    expect(result).toMatchObject({ code: 'not-granted' });
    expect(record).toMatchObject({ command: ['@health'], decision: 'refused' });
  }
  expect(requestToken).not.toHaveBeenCalled();
});

test('reports the failed step with its remedy, and does not try the steps after it', async () => {
  const { result, record, sent } = await runHealthCheck(['@health'], issueToken);
  expect(result).toMatchObject({
    code: 'unhealthy',
    message: expect.stringMatching(
      /failed at step "name resolution"\. web-server\.invalid \(E\w+\)\. .* cannot resolve/,
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
  expect(record).toMatchObject({ decision: 'allowed', grant: '@health', failedStep: 'name resolution' });
  expect(sent).toEqual([]);
});

test('reports why there is no token', async () => {
  const { result } = await runHealthCheck(['@health'], async () => {
    throw new Problem('token-not-permitted', 'The role needs airflow:CreateCliToken.');
  });
  expect(result).toMatchObject({
    code: 'unhealthy',
    message: expect.stringContaining('failed at step "token". The role needs airflow:CreateCliToken.'),
  });
});

test('the schedule needs no grant, and the result is in the log record', async () => {
  const environment = createRelayEnvironment(createTeamGrants([]));
  const { relay, upstream, record } = createTestRelay(environment, () => ({ status: 500, body: '' }), issueToken);
  await expect(checkHealth(relay, upstream, undefined)).rejects.toMatchObject({ code: 'unhealthy' });
  expect(record).toMatchObject({ healthy: false, command: ['@health'] });
});
