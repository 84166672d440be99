/** Every answer that API Gateway gives by itself, as a caller sees it: brought about where this API can be brought to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { GATEWAY_PROBLEMS } from '../../lib/api/gateway-responses.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import {
  type ApiResponse,
  createConfig,
  getProblemCode,
  sendRequest,
  startSmallStack,
  VERSION_COMMAND,
} from './small-stack.ts';

const OIDC = 'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: { org: data } }';
const WEB_ACL = 'webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"';

let stack: LocalStack;
let team: Principal;
const seen = new Set<string>();
/** While it is set, API Gateway's clock stands still, and no bucket fills. */
let stoppedAt: number | undefined;

beforeAll(async () => {
  stack = await startSmallStack(
    createConfig(
      `callers: { accounts: ["111122223333"] }, ${OIDC}, ${WEB_ACL}, throttling: { ratePerSecond: 10, burst: 20 }`,
      ', concurrency: 1, throttling: { ratePerSecond: 5, burst: 2 }',
    ),
    {
      now: () => stoppedAt ?? Date.now(),
      timeouts: { integrationSeconds: 4, functionSeconds: 3, abortSeconds: 2, postSeconds: 1, connectSeconds: 0.5 },
    },
  );
  team = stack.createCaller('team', 'jo');
});
afterAll(() => stack?.close());

/** A problem of ours, whole, with the headers that its type has. */
function expectProblemResponse(reply: ApiResponse, code: keyof typeof PROBLEM_TYPES): void {
  const { status, title, retrySafe, retryAfterSeconds } = PROBLEM_TYPES[code];
  expect([getProblemCode(reply), reply.status]).toEqual([code, status]);
  expect(reply.body).toMatchObject({
    title,
    retrySafe,
    detail: expect.stringMatching(/./),
    requestId: expect.stringMatching(/-/),
  });
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.headers['retry-after']).toBe(retryAfterSeconds?.toString());
  seen.add(code);
}

const sendCommand = (more: object = {}) =>
  sendRequest(stack, { path: '/environments/prod/cli', body: VERSION_COMMAND, caller: team, ...more });
const sendExplain = (more: object = {}) =>
  sendRequest(stack, { path: '/environments/prod/explain', body: VERSION_COMMAND, caller: team, ...more });

describe('brought about', () => {
  test('no signature, and no such path', async () => {
    expectProblemResponse(await sendCommand({ caller: undefined }), 'not-signed');
    expectProblemResponse(await sendRequest(stack, { path: '/nowhere', caller: team }), 'not-signed');
    expectProblemResponse(
      await sendRequest(stack, { path: '/environments/prod/cli', method: 'DELETE', caller: team }),
      'not-signed',
    );
  });

  test('a signature that does not match', async () => {
    expectProblemResponse(await sendCommand({ caller: { ...team, secretAccessKey: 'x' } }), 'not-signed');
  });

  test('a caller whom the resource policy denies, whatever its own policy says', async () => {
    const partner = stack.createCallerInAccount('222233334444', 'partner', 'jo');
    const refused = await sendCommand({ caller: partner });
    expectProblemResponse(refused, 'caller-refused');
    expect(refused.body.detail).toContain('explicit deny');
  });

  test('a token that is none, and one that cannot be checked', async () => {
    const byToken = (token: string) =>
      sendRequest(stack, {
        path: '/oidc/environments/prod/cli',
        body: VERSION_COMMAND,
        headers: { authorization: token },
      });
    const refused = await byToken('Basic x');
    expectProblemResponse(refused, 'not-authenticated');
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    // The issuer's name resolves to nothing here.
    const header = Buffer.from('{"alg":"ES256","kid":"k"}').toString('base64url');
    const claims = Buffer.from('{"iss":"https://id.example.com","aud":"a","sub":"s","exp":9999999999}').toString(
      'base64url',
    );
    expectProblemResponse(await byToken(`Bearer ${header}.${claims}.AA`), 'authorizer-failed');
  });

  test('a request that a web ACL blocks', async () => {
    stack.gateway.setBlocked(true);
    const refused = await sendExplain();
    stack.gateway.setBlocked(false);
    expectProblemResponse(refused, 'gateway-refused');
    expect((await sendExplain()).status).toBe(200);
  });

  test('a body that is too large', async () => {
    expectProblemResponse(await sendExplain({ body: `"${'x'.repeat(10 * 1024 * 1024)}"` }), 'request-too-large');
  });

  test('more requests than the environment lets through, while others pass', async () => {
    stoppedAt = Date.now();
    const replies = [];
    for (let n = 0; n < 4; n++) replies.push(await sendCommand());
    const refused = replies.find(({ status }) => status === 429);
    expect(refused).toBeDefined();
    expectProblemResponse(refused!, 'throttled');
    expect((await sendExplain()).status).toBe(200);
    stoppedAt = undefined;
  });

  test('a function at its limit, or one that failed: nothing is claimed of what ran', async () => {
    stack.gateway.controls.setThrottled(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const refused = await sendCommand();
    stack.gateway.controls.setThrottled(false);
    expectProblemResponse(refused, 'gateway-error');
    expect(refused.body.detail).toMatch(/check in Airflow whether it has run/);
  });
});

describe('every one, also those that this API cannot be brought to', () => {
  test.each(GATEWAY_PROBLEMS.map(({ responseType, code, keepsStatus }) => [responseType, code, keepsStatus] as const))(
    '%s',
    async (when, code, anyStatus) => {
      const usual = when.endsWith('5XX') || when.startsWith('INTEGRATION') || when.startsWith('AUTHORIZER') ? 500 : 400;
      stack.gateway.forceNextResponse(when, usual);
      const reply = await sendExplain();

      if (!anyStatus) return expectProblemResponse(reply, code);
      expect([getProblemCode(reply), reply.status]).toEqual([code, usual]);
      expect(reply.headers['content-type']).toBe('application/problem+json');
    },
  );

  test('words of API Gateway are quoted', async () => {
    stack.gateway.forceNextResponse('ACCESS_DENIED', 403);
    expect((await sendExplain()).body.detail).toBe('Forced "here"');
  });
});

test('every one stands in the access log, with the type of its response', () => {
  const lines = stack.logs
    .lines(stack.gateway.model.stage.accessLog?.logGroup)
    .map(({ message }) => JSON.parse(message));
  const types = new Set(lines.map(({ errorType }) => errorType));

  for (const { responseType } of GATEWAY_PROBLEMS) expect(types).toContain(responseType);
  expect(JSON.stringify(lines)).not.toContain(team.sessionToken);
});
