/**
 * The responses that API Gateway itself creates, as a caller sees them. Those that a request can cause are caused, the others are forced.
 */
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
/** While this is set, API Gateway's clock does not advance, so its throttling allows no further requests. */
let stoppedAt: number | undefined;

beforeAll(async () => {
  stack = await startSmallStack(
    createConfig(
      `callers: { accounts: ["111122223333"] }, ${OIDC}, ${WEB_ACL}, throttling: { ratePerSecond: 10, burst: 5 }`,
      ', concurrency: 1',
    ),
    {
      now: () => stoppedAt ?? Date.now(),
      timeouts: { queueSeconds: 0, functionSeconds: 3, abortSeconds: 2, postSeconds: 1, connectSeconds: 0.5 },
    },
  );
  team = stack.createCaller('team', 'jo');
});
afterAll(() => stack?.close());

/** Expects a complete problem of the proxy, with the headers that its type requires. */
function expectProblemResponse(reply: ApiResponse, code: keyof typeof PROBLEM_TYPES): void {
  const { status, title, retrySafe, retryAfterSeconds } = PROBLEM_TYPES[code];
  expect([getProblemCode(reply), reply.status]).toEqual([code, status]);
  expect(reply.body).toMatchObject({
    title,
    ...(retrySafe ? { retrySafe } : {}),
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

describe('API Gateway returns a problem of the proxy for', () => {
  test('a request without a signature or with an unknown path', async () => {
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

  test('a caller that the resource policy denies and its identity policy allows', async () => {
    const partner = stack.createCallerInAccount('222233334444', 'partner', 'jo');
    const rejected = await sendCommand({ caller: partner });
    expectProblemResponse(rejected, 'caller-refused');
    expect(rejected.body.detail).toContain('explicit deny');
  });

  test('a malformed token, and a token that cannot be verified', async () => {
    const sendWithToken = (token: string) =>
      sendRequest(stack, {
        path: '/oidc/environments/prod/cli',
        body: VERSION_COMMAND,
        headers: { authorization: token },
      });
    const rejected = await sendWithToken('Basic x');
    expectProblemResponse(rejected, 'not-authenticated');
    expect(rejected.headers['www-authenticate']).toBe('Bearer');
    // The issuer's hostname cannot be resolved in this stack.
    const header = Buffer.from('{"alg":"ES256","kid":"k"}').toString('base64url');
    const claims = Buffer.from('{"iss":"https://id.example.com","aud":"a","sub":"s","exp":9999999999}').toString(
      'base64url',
    );
    expectProblemResponse(await sendWithToken(`Bearer ${header}.${claims}.AA`), 'authorizer-failed');
  });

  test('a request that a web ACL blocks', async () => {
    stack.gateway.setBlocked(true);
    const rejected = await sendExplain();
    stack.gateway.setBlocked(false);
    expectProblemResponse(rejected, 'gateway-refused');
    expect((await sendExplain()).status).toBe(200);
  });

  test('a body that is too large', async () => {
    expectProblemResponse(await sendExplain({ body: `"${'x'.repeat(10 * 1024 * 1024)}"` }), 'request-too-large');
  });

  test('more requests than the throttling of one method allows, while other methods respond', async () => {
    stoppedAt = Date.now();
    const replies = [];
    for (let n = 0; n < 7; n++) replies.push(await sendCommand());
    const rejected = replies.find(({ status }) => status === 429);
    expect(rejected).toBeDefined();
    expectProblemResponse(rejected!, 'throttled');
    expect((await sendExplain()).status).toBe(200);
    stoppedAt = undefined;
  });

  test('a throttled front, which does not say whether the command ran', async () => {
    stack.gateway.controls.setThrottled(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const rejected = await sendCommand();
    stack.gateway.controls.setThrottled(false);
    expectProblemResponse(rejected, 'gateway-error');
    expect(rejected.body.detail).toMatch(/check in Airflow whether it has run/);
  });
});

describe('a forced response of API Gateway', () => {
  test.each(GATEWAY_PROBLEMS.map(({ responseType, code, keepsStatus }) => [responseType, code, keepsStatus] as const))(
    '%s is a problem of the proxy',
    async (responseType, code, keepsStatus) => {
      const isServerError = /5XX$|^INTEGRATION|^AUTHORIZER/.test(responseType);
      const defaultStatus = isServerError ? 500 : 400;
      stack.gateway.forceNextResponse(responseType, defaultStatus);
      const reply = await sendExplain();

      if (!keepsStatus) return expectProblemResponse(reply, code);
      expect([getProblemCode(reply), reply.status]).toEqual([code, defaultStatus]);
      expect(reply.headers['content-type']).toBe('application/problem+json');
    },
  );

  test('the message of API Gateway is quoted in the detail', async () => {
    stack.gateway.forceNextResponse('ACCESS_DENIED', 403);
    expect((await sendExplain()).body.detail).toBe('Forced "here"');
  });
});

test('the access log has every response of API Gateway, with its type', () => {
  const lines = stack.logs
    .lines(stack.gateway.model.stage.accessLog?.logGroup)
    .map(({ message }) => JSON.parse(message));
  const types = new Set(lines.map(({ errorType }) => errorType));

  for (const { responseType } of GATEWAY_PROBLEMS) expect(types).toContain(responseType);
  expect(JSON.stringify(lines)).not.toContain(team.sessionToken);
});
