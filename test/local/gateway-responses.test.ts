/** Every answer that API Gateway gives by itself, as a caller sees it: brought about where this API can be brought to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEM_TYPES } from '../../lambda/problem-types.ts';
import { GATEWAY_PROBLEMS } from '../../lib/api/gateway-responses.ts';
import type { Principal } from '../../local/iam/principals.ts';
import type { Stack } from '../../local/stack.ts';
import { ask, codeOf, configWith, type Reply, smallStack, VERSION } from './small-stack.ts';

const OIDC = 'oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: { org: data } }';
const WEB_ACL = 'webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"';

let stack: Stack;
let team: Principal;
const seen = new Set<string>();

beforeAll(async () => {
  stack = await smallStack(
    configWith(
      `callers: { accounts: ["111122223333"] }, ${OIDC}, ${WEB_ACL}, throttling: { ratePerSecond: 10, burst: 20 }`,
      ', concurrency: 1, throttling: { ratePerSecond: 5, burst: 2 }',
    ),
    { timeouts: { integrationSeconds: 4, functionSeconds: 3, abortSeconds: 2, postSeconds: 1, connectSeconds: 0.5 } },
  );
  team = stack.caller('team', 'jo');
});
afterAll(() => stack?.close());

/** A problem of ours, whole, with the headers that its type has. */
function isProblem(reply: Reply, code: keyof typeof PROBLEM_TYPES): void {
  const { status, title, retrySafe, retryAfterSeconds } = PROBLEM_TYPES[code];
  expect([codeOf(reply), reply.status]).toEqual([code, status]);
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

const cli = (more: object = {}) => ask(stack, { path: '/environments/prod/cli', body: VERSION, caller: team, ...more });
const explain = (more: object = {}) =>
  ask(stack, { path: '/environments/prod/explain', body: VERSION, caller: team, ...more });

describe('brought about', () => {
  test('no signature, and no such path', async () => {
    isProblem(await cli({ caller: undefined }), 'not-signed');
    isProblem(await ask(stack, { path: '/nowhere', caller: team }), 'not-signed');
    isProblem(await ask(stack, { path: '/environments/prod/cli', method: 'DELETE', caller: team }), 'not-signed');
  });

  test('a signature that does not match', async () => {
    isProblem(await cli({ caller: { ...team, secretAccessKey: 'x' } }), 'not-signed');
  });

  test('a caller whom the resource policy denies, whatever its own policy says', async () => {
    const partner = stack.callerOf('222233334444', 'partner', 'jo');
    const refused = await cli({ caller: partner });
    isProblem(refused, 'caller-refused');
    expect(refused.body.detail).toContain('explicit deny');
  });

  test('a token that is none, and one that cannot be checked', async () => {
    const byToken = (token: string) =>
      ask(stack, { path: '/oidc/environments/prod/cli', body: VERSION, headers: { authorization: token } });
    const refused = await byToken('Basic x');
    isProblem(refused, 'not-authenticated');
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    // The issuer's name resolves to nothing here.
    const header = Buffer.from('{"alg":"ES256","kid":"k"}').toString('base64url');
    const claims = Buffer.from('{"iss":"https://id.example.com","aud":"a","sub":"s","exp":9999999999}').toString(
      'base64url',
    );
    isProblem(await byToken(`Bearer ${header}.${claims}.AA`), 'authorizer-failed');
  });

  test('a request that a web ACL blocks', async () => {
    stack.gateway.block(true);
    const refused = await explain();
    stack.gateway.block(false);
    isProblem(refused, 'gateway-refused');
    expect((await explain()).status).toBe(200);
  });

  test('a body that is too large', async () => {
    isProblem(await explain({ body: `"${'x'.repeat(10 * 1024 * 1024)}"` }), 'request-too-large');
  });

  test('more requests than the environment lets through, while others pass', async () => {
    const replies = [];
    for (let n = 0; n < 4; n++) replies.push(await cli());
    const refused = replies.find(({ status }) => status === 429);
    expect(refused).toBeDefined();
    isProblem(refused!, 'throttled');
    expect((await explain()).status).toBe(200);
  });

  test('a function at its limit, or one that failed: nothing is claimed of what ran', async () => {
    stack.gateway.controls.throttle(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const refused = await cli();
    stack.gateway.controls.throttle(false);
    isProblem(refused, 'gateway-error');
    expect(refused.body.detail).toMatch(/look whether it has run/);
  });
});

describe('every one, also those that this API cannot be brought to', () => {
  test.each(GATEWAY_PROBLEMS.map(({ when, code, anyStatus }) => [when, code, anyStatus] as const))(
    '%s',
    async (when, code, anyStatus) => {
      const usual = when.endsWith('5XX') || when.startsWith('INTEGRATION') || when.startsWith('AUTHORIZER') ? 500 : 400;
      stack.gateway.forceNext(when, usual);
      const reply = await explain();

      if (!anyStatus) return isProblem(reply, code);
      expect([codeOf(reply), reply.status]).toEqual([code, usual]);
      expect(reply.headers['content-type']).toBe('application/problem+json');
    },
  );

  test('words of API Gateway are quoted', async () => {
    stack.gateway.forceNext('ACCESS_DENIED', 403);
    expect((await explain()).body.detail).toBe('Forced "here"');
  });
});

test('every one stands in the access log, with the type of its response', () => {
  const lines = stack.logs
    .lines(stack.gateway.model.stage.accessLog?.logGroup)
    .map(({ message }) => JSON.parse(message));
  const types = new Set(lines.map(({ errorType }) => errorType));

  for (const { when } of GATEWAY_PROBLEMS) expect(types).toContain(when);
  expect(JSON.stringify(lines)).not.toContain(team.sessionToken);
});
