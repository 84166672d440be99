import { describe, expect, test, vi } from 'vitest';
import type { RelayRequest } from '../../../contract/relay-request.ts';
import type { LoggedContext } from '../../../lambda/relay/log-requests.ts';
import { checkRestHealth } from '../../../lambda/rest/check-rest-health.ts';
import { createRestHandler } from '../../../lambda/rest/create-rest-handler.ts';
import type { WebServerRequest } from '../../../mwaa/connection/exchange.ts';
import type { RunStep } from '../../../mwaa/connection/run-steps.ts';
import { runSteps } from '../../../mwaa/connection/run-steps.ts';
import { checkRestConnectivity, REST_CONNECTIVITY_STEPS } from '../../../mwaa/rest/check-rest-connectivity.ts';
import type { RestUpstream } from '../../../mwaa/rest/send-call-types.ts';
import { createTeamGrants, TEAM_CALLER, TEAM_SESSION } from './relay-fixture.ts';
import { createJsonAnswer, createTestRest, createTestRestEnvironment, TEST_SESSION } from './rest-fixture.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});

const CONNECTION_STEPS: readonly string[] = ['name resolution', 'connect', 'TLS'];

/** Runs the steps except for those that open a connection of their own. */
async function check(
  respond: (request: WebServerRequest) => ReturnType<typeof createJsonAnswer>,
  loginSteps: Partial<RestUpstream['loginSteps']> = {},
  airflowRole = 'User',
) {
  const { upstream: anyRole, sent } = createTestRest(createTestRestEnvironment([]), respond, loginSteps);
  const upstream = { ...anyRole, airflowRole };
  const steps = await runSteps(REST_CONNECTIVITY_STEPS, (runStep) => {
    const runWithoutConnection: RunStep<(typeof REST_CONNECTIVITY_STEPS)[number]> = (step, run, describe) =>
      CONNECTION_STEPS.includes(step) ? runStep(step, async () => undefined as never) : runStep(step, run, describe);
    return checkRestConnectivity(runWithoutConnection, {
      upstream,
      signal: AbortSignal.timeout(10_000),
      stepTimeoutMs: 1000,
      airflow: '2.10.3',
      basePath: '/api/v1',
      describeReleaseMismatch: (running) => `It runs ${running}.`,
      trace: {},
    });
  });
  const failed = steps.find(({ status }) => status === 'failed');
  const details = Object.fromEntries(steps.map(({ step, detail }) => [step, detail]));
  return { sent, failed, details, steps: steps.map(({ step, status }) => `${step}: ${status}`) };
}

const respondWith =
  (answers: Readonly<Record<string, ReturnType<typeof createJsonAnswer>>>) =>
  ({ path }: WebServerRequest) =>
    answers[path.replace(/^\/api\/v1/, '')]!;
const DAGS = createJsonAnswer(200, { dags: [] });
const VERSION = createJsonAnswer(200, { version: '2.10.3', git_version: null });

describe('the way to the REST API', () => {
  test('is checked step by step, with a session of its own', async () => {
    const session = { ...TEST_SESSION, headers: { cookie: 'session=new' } };
    const issued: string[] = [];
    const { steps, sent } = await check(respondWith({ '/dags?limit=1': DAGS, '/version': VERSION }), {
      logIn: async ({ token }) => {
        issued.push(token);
        return session;
      },
    });
    expect(steps).toEqual(REST_CONNECTIVITY_STEPS.map((step) => `${step}: ok`));
    expect(sent.map(({ method, path, headers }) => [method, path, headers.cookie])).toEqual([
      ['GET', '/api/v1/dags?limit=1', 'session=new'],
      ['GET', '/api/v1/version', 'session=new'],
    ]);
    expect(issued).toEqual(['secret']);
  });

  test('the role Public may not list DAGs, and has a session nevertheless', async () => {
    const forbidden = createJsonAnswer(403, { detail: 'Forbidden' });
    const respond = respondWith({ '/dags?limit=1': forbidden, '/version': VERSION });
    const { steps, details } = await check(respond, {}, 'Public');
    expect(steps).toEqual(REST_CONNECTIVITY_STEPS.map((step) => `${step}: ok`));
    expect(details.session).toMatch(/does not let the user of the REST relay list DAGs/);
  });

  test.each<
    [
      what: string,
      step: (typeof REST_CONNECTIVITY_STEPS)[number],
      detail: RegExp,
      respond: Parameters<typeof check>[0],
      login: Parameters<typeof check>[1],
    ]
  >([
    [
      'no token',
      'token',
      /not permitted/,
      () => DAGS,
      {
        requestToken: async () => {
          throw new Error('CreateWebLoginToken is not permitted.');
        },
      },
    ],
    [
      'no login',
      'login',
      /no cookie/,
      () => DAGS,
      {
        logIn: async () => {
          throw new Error('The login returned no cookie.');
        },
      },
    ],
    [
      'a role that may not list DAGs, as every role but Public may',
      'session',
      /does not allow this request to the role User.*Set restRole/,
      () => createJsonAnswer(403, { detail: 'Forbidden' }),
      {},
    ],
    ['a session that is not accepted', 'session', /rejected a new session/, () => createJsonAnswer(401, {}), {}],
    [
      'an answer without version',
      'version',
      /no version in its answer \(HTTP 404\)/,
      respondWith({ '/dags?limit=1': DAGS, '/version': createJsonAnswer(404, {}) }),
      {},
    ],
    [
      'another release',
      'release',
      /^It runs 2\.9\.2\.$/,
      respondWith({ '/dags?limit=1': DAGS, '/version': createJsonAnswer(200, { version: '2.9.2' }) }),
      {},
    ],
  ])('is broken: %s', async (_what, step, detail, respond, login) => {
    const { failed, steps } = await check(respond, login);
    expect(failed).toMatchObject({ step, detail: expect.stringMatching(detail) });
    const position = REST_CONNECTIVITY_STEPS.indexOf(step);
    expect(steps.slice(position + 1).every((text) => text.endsWith('not tried'))).toBe(true);
    expect(JSON.stringify(failed)).not.toContain('secret');
  });
});

describe('the health check of a REST relay', () => {
  const requestToken = vi.fn(async () => ({ token: 'secret', hostname: 'web-server.invalid' }));
  const createRest = (may: string[]) =>
    createTestRest(createTestRestEnvironment(createTeamGrants(may)), () => DAGS, { requestToken });

  test('rejects a caller without a grant before requesting a token', async () => {
    const { context, record } = createRest(['@read', '@operate', 'version']);
    await expect(checkRestHealth(context, TEAM_CALLER)).rejects.toMatchObject({ code: 'not-granted' });
    expect(record).toMatchObject({ command: ['@health'], decision: 'refused' });
    expect(requestToken).not.toHaveBeenCalled();
  });

  test('reports the failed step, the Airflow role, and no secret', async () => {
    const { context, upstream, record } = createRest(['@health']);
    const handler = createRestHandler(context.environment, upstream);
    const event: RelayRequest = {
      environment: 'prod',
      requestId: 'r-1',
      extendedRequestId: 'x-1',
      caller: { arn: TEAM_SESSION },
      deadline: Date.now() + 10_000,
      queuedMs: 12,
      action: { kind: 'health' },
    };
    const error = await handler(event, { record } as LoggedContext).catch((problem: unknown) => problem);
    expect(error).toMatchObject({
      code: 'unhealthy',
      message: expect.stringMatching(/failed at step "name resolution"\. web-server\.invalid/),
      data: { environment: 'prod', airflowVersion: '2.10.3', healthy: false, airflowRole: 'User' },
    });
    expect(JSON.stringify(error)).not.toContain('secret');
    // The metric of the environment's health is that of the schedule, which checks the way of commands.
    expect(record).toMatchObject({ failedStep: 'name resolution' });
    expect(record).not.toHaveProperty('healthy');
  });
});
