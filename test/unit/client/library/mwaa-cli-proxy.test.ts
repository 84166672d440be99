import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MwaaCliProxy, ProxyProblem, type RunOptions } from '../../../../client/library/mwaa-cli-proxy.ts';
import type { ProxyAddress } from '../../../../client/library/request-json.ts';
import { toProblemTypeUrn } from '../../../../contract/problem-types.ts';

type ScriptedReply = { status: number; body: object; headers?: Record<string, string> } | 'hangs up' | 'never';

/** An API that answers as it is told, and the last thing for ever. */
let script: ScriptedReply[] = [];
let receivedRequests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let server: Server;
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    receivedRequests.push({ method, url, headers, body: await text(request) });
    const answer = script.length > 1 ? script.shift() : script[0];
    if (answer === 'never') return;
    if (answer === undefined || answer === 'hangs up') return request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
beforeEach(() => {
  receivedRequests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const SIGNED = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' },
};
const createClient = (caller: { token: () => Promise<string> } | typeof SIGNED = SIGNED): MwaaCliProxy => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  return new MwaaCliProxy({ url, ...caller } as ProxyAddress, 'prod/eu');
};

const SUCCEEDED: ScriptedReply = { status: 200, body: { outcome: 'succeeded', stdout: 'done\n' } };
const createProblemReply = (
  code: Parameters<typeof toProblemTypeUrn>[0],
  { retrySafe, retryAfter }: { retrySafe?: boolean; retryAfter?: number } = {},
): ScriptedReply => ({
  status: 503,
  body: { type: toProblemTypeUrn(code), title: 'T', status: 503, detail: 'What to do.', retrySafe },
  headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
});

describe('a request', () => {
  test('is signed, and carries the words, the form and the key', async () => {
    script = [SUCCEEDED];
    const answer = await createClient().run(['dags', 'trigger', 'daily', '--conf', { day: 1 }], {
      idempotencyKey: 'k-1',
    });
    expect(answer).toMatchObject({ outcome: 'succeeded', stdout: 'done\n' });
    expect(receivedRequests).toMatchObject([
      {
        method: 'POST',
        url: '/v1/environments/prod%2Feu/cli',
        body: JSON.stringify({ argv: ['dags', 'trigger', 'daily', '--conf', { day: 1 }], format: 'json' }),
        headers: {
          'idempotency-key': 'k-1',
          'x-amz-security-token': 'session',
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=[^,]*idempotency-key/,
          ),
        },
      },
    ]);
  });

  test('with a token goes to the paths for tokens, with the token of the moment', async () => {
    script = [createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 0 }), SUCCEEDED];
    const tokens = ['first', 'second'];
    await createClient({ token: async () => tokens.shift() ?? '' }).run(['version']);
    expect(receivedRequests).toMatchObject([
      { url: '/v1/oidc/environments/prod%2Feu/cli', headers: { authorization: 'Bearer first' } },
      { url: '/v1/oidc/environments/prod%2Feu/cli', headers: { authorization: 'Bearer second' } },
    ]);
  });

  test('for what may be run, for the environments and for an explanation has its own path', async () => {
    script = [{ status: 200, body: { commands: [{ command: 'version' }] } }];
    expect(await createClient().commands()).toEqual([{ command: 'version' }]);
    script = [{ status: 200, body: { environments: [{ name: 'prod', airflowVersion: '3.0.6' }] } }];
    expect(await createClient().environments()).toEqual([{ name: 'prod', airflowVersion: '3.0.6' }]);
    script = [{ status: 200, body: { allowed: false } }];
    expect(await createClient().explain(['version'])).toEqual({ allowed: false });
    expect(receivedRequests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/environments/prod%2Feu/commands',
      'GET /v1/environments',
      'POST /v1/environments/prod%2Feu/explain',
    ]);
  });
});

describe('is sent', () => {
  const KEY: RunOptions = { idempotencyKey: 'k-1' };
  test.each<[why: string, first: ScriptedReply, options: RunOptions, times: number]>([
    [
      'again where it is safe and due soon',
      createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 0 }),
      {},
      2,
    ],
    [
      'once where it is safe and due late',
      createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 60 }),
      {},
      1,
    ],
    ['once where it is safe and of no use', createProblemReply('not-granted', { retrySafe: true }), KEY, 1],
    ['once where it is not safe', createProblemReply('command-failed', { retrySafe: false, retryAfter: 0 }), KEY, 1],
    ['once where its fate is open', createProblemReply('outcome-unknown', { retrySafe: false, retryAfter: 0 }), {}, 1],
    [
      'again where its fate is open and it has a key',
      createProblemReply('outcome-unknown', { retrySafe: false }),
      KEY,
      2,
    ],
    ['once where the connection is lost', 'hangs up', {}, 1],
    ['again where the connection is lost and it has a key', 'hangs up', KEY, 2],
  ])('%s', async (_, first, options, times) => {
    script = [first, SUCCEEDED];
    const ended = await createClient()
      .run(['dags', 'trigger', 'daily'], options)
      .catch((error: Error) => error);
    expect(receivedRequests).toHaveLength(times);
    expect(new Set(receivedRequests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    if (times === 2) expect(ended).toMatchObject({ outcome: 'succeeded' });
    else expect(ended).toBeInstanceOf(first === 'hangs up' ? TypeError : ProxyProblem);
  });

  test('four times at most', async () => {
    script = [createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 0 })];
    await expect(createClient().run(['version'])).rejects.toMatchObject({ code: 'airflow-busy' });
    expect(receivedRequests).toHaveLength(4);
  });

  test('again after a lost connection where it only asks', async () => {
    script = ['hangs up', { status: 200, body: { commands: [] } }];
    expect(await createClient().commands()).toEqual([]);
    expect(receivedRequests).toHaveLength(2);
  });
});

test('a problem is thrown with its code and all that it tells', async () => {
  script = [createProblemReply('not-granted')];
  const error = await createClient()
    .run(['version'])
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProxyProblem);
  expect(error).toMatchObject({ code: 'not-granted', message: 'What to do.', problem: { status: 503, title: 'T' } });
});

test('what the signal ends is not sent again, whatever the key says', async () => {
  script = ['never'];
  const leaving = new AbortController();
  const running = createClient().run(['version'], { idempotencyKey: 'k-1', signal: leaving.signal });
  await expect.poll(() => receivedRequests.length).toBe(1);
  leaving.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  expect(receivedRequests).toHaveLength(1);
});
