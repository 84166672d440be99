/** Callers with tokens from a real issuer, end to end: issuer, authorizer, relay, real Airflows. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';

const CONFIG = createConfigText({
  api: `callers: { accounts: ["111122223333"] },
    oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy,
      requiredClaims: { org: [data, ops] }, cacheSeconds: 300 }`,
  environments: { two: 'airflow: 2.10.3', three: 'airflow: 3.0.6' },
  grants: [
    'who: "oidc:groups=engineers", where: "*", may: ["@read", "@health", "dags trigger * --conf=*"]',
    'who: "oidc:sub=nightly", where: three, may: [version]',
    'who: "arn:aws:iam::111122223333:role/data-engineer", where: "*", may: [version]',
  ],
});

const CLIENTS = {
  jo: { claims: { org: 'data', groups: ['engineers', 'football'] } },
  nightly: { claims: { org: 'ops' } },
  unnamed: { claims: { org: 'data', groups: ['football'] } },
  stranger: { claims: { groups: ['engineers'] } },
  elsewhere: { claims: { org: 'data', groups: ['engineers'] }, audience: 'another-service' },
  brief: { claims: { org: 'data', groups: ['engineers'] }, lifeSeconds: 4 },
  /** For machines that are too slow to use the token of `brief` before it expires. */
  short: { claims: { org: 'data', groups: ['engineers'] }, lifeSeconds: 60 },
};

let stack: LocalStack;
let issuer: OidcIssuer;
const tokens: string[] = [];

beforeAll(async () => {
  const configFile = join(mkdtempSync(join(tmpdir(), 'oidc-')), 'config.yaml');
  writeFileSync(configFile, CONFIG);
  stack = await startLocalStack({
    configFile,
    onProgress: console.error,
    createExtraNetwork: async (issue) => {
      issuer = await startOidcIssuer(issue, CLIENTS);
      return issuer.network;
    },
  });
});
afterAll(async () => {
  await stack?.close();
  await issuer?.close();
});

const getToken = async (client: keyof typeof CLIENTS): Promise<string> => {
  const token = await issuer.issueToken(client);
  tokens.push(token);
  return token;
};

async function sendWithToken(token: string | undefined, path: string, command?: string) {
  const response = await fetch(`${stack.url}/oidc/environments${path}`, {
    method: command === undefined ? 'GET' : 'POST',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      'content-type': 'application/json',
    },
    ...(command === undefined ? {} : { body: JSON.stringify({ command }) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is tested
  const body: any = await response.json();
  return { status: response.status, body, headers: response.headers };
}

const getProblemCode = ({ body }: { body: { type?: string } }) => body.type?.split(':').at(-1);

describe('a valid token', () => {
  test('can run what is granted to its groups, on both releases', async () => {
    const token = await getToken('jo');
    for (const [environment, release] of [
      ['two', '2.10.3'],
      ['three', '3.0.6'],
    ]) {
      expect(await sendWithToken(token, `/${environment}/cli`, 'version')).toMatchObject({
        status: 200,
        body: { outcome: 'succeeded', airflowVersion: release },
      });
      const rejected = await sendWithToken(token, `/${environment}/cli`, 'dags delete daily_report');
      expect([rejected.status, getProblemCode(rejected)]).toEqual([403, 'not-granted']);
    }
    expect((await sendWithToken(token, '/two/health')).body).toMatchObject({ healthy: true });
  });

  test('can list its environments and commands, and explain a command', async () => {
    const token = await getToken('nightly');

    expect((await sendWithToken(token, '')).body.environments).toEqual([{ name: 'three', airflowVersion: '3.0.6' }]);
    expect((await sendWithToken(token, '/three/commands')).body.commands).toMatchObject([
      { command: 'version', grant: 'version' },
    ]);
    expect((await sendWithToken(token, '/three/explain', 'version')).body).toMatchObject({
      allowed: true,
      commandLine: 'version',
    });
    expect(await sendWithToken(token, '/two/explain', 'version')).toMatchObject({
      status: 404,
      body: { environments: ['three'] },
    });
  });

  test('is logged in the audit line with its issuer and subject', async () => {
    await sendWithToken(await getToken('nightly'), '/three/cli', 'version');
    const lines = stack.logs
      .search('"audit":"outcome"')
      .map(({ message }) => JSON.parse(message.slice(message.indexOf('{'))));
    expect(lines.at(-1)).toMatchObject({
      caller: `oidc:${ISSUER_URL} nightly`,
      decision: 'allowed',
      outcome: 'succeeded',
    });
  });

  test('starts one run for an idempotency key, also if the second request has a new token of the same subject', async () => {
    const send = async () => {
      const response = await fetch(`${stack.url}/oidc/environments/two/cli`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await getToken('jo')}`,
          'content-type': 'text/plain',
          'idempotency-key': 'k-1',
        },
        body: 'dags trigger daily_report',
      });
      return (await response.json()) as { runId: string; replayed: boolean };
    };
    const [first, second] = [await send(), await send()];

    expect(second.runId).toBe(first.runId);
    expect([first.replayed, second.replayed]).toEqual([false, true]);
  });
});

describe('a caller', () => {
  test.each<[client: keyof typeof CLIENTS, status: number, code: string]>([
    ['unnamed', 403, 'caller-refused'],
    ['stranger', 401, 'not-authenticated'],
    ['elsewhere', 401, 'not-authenticated'],
  ])('with the token of %s is rejected with %i %s, before MWAA gets a request', async (client, status, code) => {
    stack.mwaa.journal.splice(0);
    const rejected = await sendWithToken(await getToken(client), '/two/cli', 'version');

    expect([rejected.status, getProblemCode(rejected)]).toEqual([status, code]);
    expect(stack.mwaa.journal).toEqual([]);
  });

  test('without a token gets 401 and is told how to send one', async () => {
    const rejected = await sendWithToken(undefined, '/two/cli', 'version');

    expect([rejected.status, getProblemCode(rejected), rejected.headers.get('www-authenticate')]).toEqual([
      401,
      'not-authenticated',
      'Bearer',
    ]);
    expect(rejected.body.detail).toContain('Authorization: Bearer');
  });

  test.each([
    [
      'with other claims than those that were signed',
      (token: string) =>
        token.replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"nightly","org":"ops"}').toString('base64url')}.`),
    ],
    [
      'with the algorithm none',
      (token: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.AA`,
    ],
    ['that is truncated', (token: string) => token.slice(0, -4)],
  ])('with a token %s is rejected', async (_what, changeToken) => {
    const rejected = await sendWithToken(changeToken(await getToken('jo')), '/two/cli', 'version');
    expect([rejected.status, getProblemCode(rejected)]).toEqual([401, 'not-authenticated']);
  });

  test('with a token is rejected on the paths for signed requests', async () => {
    const response = await fetch(`${stack.url}/environments/two/cli`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await getToken('jo')}` },
      body: '{"command":"version"}',
    });
    expect(response.status).toBe(403);
  });
});

describe("API Gateway's cache of authorizer results", () => {
  const countAuthorizerCalls = () => stack.logs.search('"authorizer":').length;

  test('calls the authorizer once for several requests with the same token', async () => {
    const token = await getToken('jo');
    const before = countAuthorizerCalls();
    for (const path of ['/two/cli', '/three/cli', '/two/explain']) await sendWithToken(token, path, 'version');

    expect(countAuthorizerCalls()).toBe(before + 1);
  });

  test('does not accept an expired token', async () => {
    let token = await getToken('brief');
    let used = await sendWithToken(token, '/two/cli', 'version');
    if (used.status === 401) {
      token = await getToken('short');
      used = await sendWithToken(token, '/two/cli', 'version');
    }
    expect(used.status).toBe(200);
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    await wait(Math.max(0, exp * 1000 - Date.now()) + 50);
    const before = countAuthorizerCalls();

    for (const path of ['/two/cli', '/two/explain']) {
      const rejected = await sendWithToken(token, path, 'version');
      expect([rejected.status, getProblemCode(rejected)]).toEqual([401, 'not-authenticated']);
      expect(rejected.body.detail).toContain('expired');
    }
    expect(countAuthorizerCalls()).toBe(before);
  });
});

test('after the issuer rotates its key, tokens signed with the new and the old key are valid', async () => {
  const old = await getToken('jo');
  await issuer.rotateKeys(true);
  for (const token of [await getToken('jo'), old])
    expect((await sendWithToken(token, '/two/cli', 'version')).status).toBe(200);
});

test("if the issuer's keys cannot be fetched, a new token gets 503 that is safe to retry, and works after the issuer is back", async () => {
  const known = await getToken('jo');
  expect((await sendWithToken(known, '/two/cli', 'version')).status).toBe(200);
  const unseen = await getToken('nightly');
  await stack.gateway.controls.endIdle();
  issuer.setAvailable(false);
  const rejected = await sendWithToken(unseen, '/three/cli', 'version');
  issuer.setAvailable(true);

  expect([rejected.status, getProblemCode(rejected), rejected.headers.get('retry-after')]).toEqual([
    503,
    'authorizer-failed',
    '5',
  ]);
  expect(rejected.body.retrySafe).toBe(true);
  expect((await sendWithToken(unseen, '/three/cli', 'version')).status).toBe(200);
});

test('signed requests work on the same API', async () => {
  const { signedFetch } = await import('../../client/library/signed-fetch.ts');
  const caller = stack.createCaller('data-engineer', 'jo');
  const response = await signedFetch(
    new URL(`${stack.url}/environments/two/cli`),
    '{"command":"version"}',
    caller,
    stack.region,
  );
  expect(response.status).toBe(200);
});

test('no log or journal contains a token', () => {
  const everything = [...stack.logs.lines().map(({ message }) => message), JSON.stringify(stack.mwaa.journal)].join(
    '\n',
  );
  for (const token of tokens) expect(everything).not.toContain(token.split('.')[2]);
  expect(tokens.length).toBeGreaterThan(10);
});
