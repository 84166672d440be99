import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MwaaCliProxyClient } from '../../../../client/library/mwaa-cli-proxy-client.ts';
import { ProxyProblem } from '../../../../client/library/proxy-problem.ts';
import type { RunOptions } from '../../../../client/library/request-command.ts';
import type { ProxyAddress } from '../../../../client/library/request-json.ts';
import { toProblemTypeUrn } from '../../../../contract/problem-types.ts';

type ScriptedReply = { status: number; body: object; headers?: Record<string, string> } | 'disconnects' | 'never';

/** An API that returns the scripted replies in order, and repeats the last one. */
let script: ScriptedReply[] = [];
let receivedRequests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let server: Server;
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    receivedRequests.push({ method, url, headers, body: await text(request) });
    const reply = script.length > 1 ? script.shift() : script[0];
    if (reply === 'never') return;
    if (reply === undefined || reply === 'disconnects') return request.socket.destroy();
    response.writeHead(reply.status, reply.headers).end(JSON.stringify(reply.body));
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
const createClient = (caller: { token: () => Promise<string> } | typeof SIGNED = SIGNED): MwaaCliProxyClient => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  return new MwaaCliProxyClient({ url, ...caller } as ProxyAddress, 'prod/eu');
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
  test('is signed and contains the words, the format and the idempotency key', async () => {
    script = [SUCCEEDED];
    const result = await createClient().run(['dags', 'trigger', 'daily', '--conf', { day: 1 }], {
      idempotencyKey: 'k-1',
    });
    expect(result).toMatchObject({ outcome: 'succeeded', stdout: 'done\n' });
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

  test('with a token uses the paths below /oidc and gets a new token for each attempt', async () => {
    script = [createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 0 }), SUCCEEDED];
    const tokens = ['first', 'second'];
    await createClient({ token: async () => tokens.shift() ?? '' }).run(['version']);
    expect(receivedRequests).toMatchObject([
      { url: '/v1/oidc/environments/prod%2Feu/cli', headers: { authorization: 'Bearer first' } },
      { url: '/v1/oidc/environments/prod%2Feu/cli', headers: { authorization: 'Bearer second' } },
    ]);
  });

  test.each(['', 'a b', 'a\nb', 'größe'])(
    'with the token %j is not sent, and the message does not show it',
    async (token) => {
      const running = createClient({ token: async () => token }).run(['version']);
      await expect(running).rejects.toMatchObject({
        name: 'SettingsError',
        message: expect.stringMatching(
          /^The token (is empty|has characters that a token cannot have)\. Check where it comes from\.$/,
        ),
      });
      expect(receivedRequests).toEqual([]);
    },
  );

  test('for commands, environments and explanations uses the path of each', async () => {
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

describe('a request is sent', () => {
  const KEY: RunOptions = { idempotencyKey: 'k-1' };
  test.each<[what: string, first: ScriptedReply, options: RunOptions, times: number]>([
    [
      'again if a retry is safe and due soon',
      createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 0 }),
      {},
      2,
    ],
    [
      'once if a retry is safe but due late',
      createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 60 }),
      {},
      1,
    ],
    ['once if a retry is safe but would not help', createProblemReply('not-granted', { retrySafe: true }), KEY, 1],
    ['once if a retry is not safe', createProblemReply('command-failed', { retrySafe: false, retryAfter: 0 }), KEY, 1],
    [
      'once if the outcome is unknown and there is no key',
      createProblemReply('outcome-unknown', { retrySafe: false, retryAfter: 0 }),
      {},
      1,
    ],
    [
      'again if the outcome is unknown and there is a key',
      createProblemReply('outcome-unknown', { retrySafe: false }),
      KEY,
      2,
    ],
    ['once if the connection is lost and there is no key', 'disconnects', {}, 1],
    ['again if the connection is lost and there is a key', 'disconnects', KEY, 2],
    ['once if the relay failed and the command changes something', createProblemReply('relay-failed'), {}, 1],
  ])('%s', async (_, first, options, times) => {
    script = [first, SUCCEEDED];
    const result = await createClient()
      .run(['dags', 'trigger', 'daily'], options)
      .catch((error: Error) => error);
    expect(receivedRequests).toHaveLength(times);
    expect(new Set(receivedRequests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    if (times === 2) expect(result).toMatchObject({ outcome: 'succeeded' });
    else expect(result).toBeInstanceOf(first === 'disconnects' ? TypeError : ProxyProblem);
  });

  test.each<[what: string, first: ScriptedReply, argv: readonly string[], times: number]>([
    [
      'again after an unknown outcome',
      createProblemReply('outcome-unknown', { retrySafe: false }),
      ['dags', 'list'],
      2,
    ],
    ['again after an error of API Gateway', createProblemReply('gateway-error'), ['list_dags', '--report'], 2],
    [
      'again after a timeout of API Gateway',
      createProblemReply('gateway-timeout'),
      ['dags', 'list-runs', '-d', 'x'],
      2,
    ],
    ['again after a lost connection', 'disconnects', ['version'], 2],
    ['again after a relay failed', createProblemReply('relay-failed', { retrySafe: true }), ['dags', 'list'], 2],
    ['again after Airflow failed', createProblemReply('airflow-error', { retrySafe: true }), ['dags', 'list'], 2],
    ['once if Airflow rejected it', createProblemReply('command-failed', { retryAfter: 0 }), ['dags', 'list'], 1],
    ['once if its output is unclear', createProblemReply('outcome-unclear'), ['dags', 'list'], 1],
    ['once if the words only look like it', createProblemReply('gateway-error'), ['dags', 'list-all'], 1],
    ['once if its path comes later', createProblemReply('gateway-error'), ['pools', 'delete', 'dags', 'list'], 1],
  ])('and a command that only reads %s', async (_, first, argv, times) => {
    script = [first, SUCCEEDED];
    await createClient()
      .run(argv)
      .catch(() => {});
    expect(receivedRequests).toHaveLength(times);
  });

  test('once if the API cannot be reached, even with a key', async () => {
    const address: ProxyAddress = { url: 'http://127.0.0.1:1/v1', ...SIGNED };
    const running = new MwaaCliProxyClient(address, 'prod').run(['version'], KEY);
    await expect(running).rejects.toMatchObject({ requestSent: false, outcomeUnknown: false });
  });

  test('at most four times', async () => {
    script = [createProblemReply('airflow-busy', { retrySafe: true, retryAfter: 0 })];
    await expect(createClient().run(['version'])).rejects.toMatchObject({ code: 'airflow-busy' });
    expect(receivedRequests).toHaveLength(4);
  });

  test('again after a lost connection if it is read-only', async () => {
    script = ['disconnects', { status: 200, body: { commands: [] } }];
    expect(await createClient().commands()).toEqual([]);
    expect(receivedRequests).toHaveLength(2);
  });
});

test('throws a problem with its code and all of its members', async () => {
  script = [createProblemReply('not-granted')];
  const error = await createClient()
    .run(['version'])
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProxyProblem);
  expect(error).toMatchObject({ code: 'not-granted', message: 'What to do.', problem: { status: 503, title: 'T' } });
});

test('does not retry an aborted request, even with an idempotency key', async () => {
  script = ['never'];
  const aborting = new AbortController();
  const running = createClient().run(['version'], { idempotencyKey: 'k-1', signal: aborting.signal });
  await expect.poll(() => receivedRequests.length).toBe(1);
  aborting.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  expect(receivedRequests).toHaveLength(1);
});

describe('an error says whether the outcome is unknown, and that a repeat is safe', () => {
  test.each<[what: string, reply: ScriptedReply, argv: string[], options: RunOptions, expected: object]>([
    [
      'for a command that changes something',
      createProblemReply('gateway-timeout', { retrySafe: false }),
      ['dags', 'pause', 'x'],
      {},
      { outcomeUnknown: true, problem: { retrySafe: false } },
    ],
    [
      'for a command that only reads',
      createProblemReply('gateway-error', { retrySafe: false }),
      ['dags', 'list'],
      {},
      { outcomeUnknown: false, problem: { retrySafe: true } },
    ],
    [
      'for a problem of API Gateway, which does not know the key',
      createProblemReply('caller-refused'),
      ['dags', 'trigger', 'x'],
      { idempotencyKey: 'k-1' },
      { outcomeUnknown: false, problem: { retrySafe: true } },
    ],
    ['for a lost connection', 'disconnects', ['dags', 'pause', 'x'], {}, { requestSent: true, outcomeUnknown: true }],
    [
      'for an error of a server in between, which may have lost the answer',
      { status: 502, body: { message: 'Bad Gateway' } },
      ['dags', 'pause', 'x'],
      {},
      {
        code: 'blank',
        outcomeUnknown: true,
        message: expect.stringMatching(/ check in Airflow before you send it again\.$/),
      },
    ],
    [
      'for an answer that has no outcome',
      { status: 200, body: { message: 'ok' } },
      ['dags', 'pause', 'x'],
      {},
      { code: 'blank', outcomeUnknown: true },
    ],
    [
      'for an answer with an outcome that does not exist',
      { status: 200, body: { outcome: 'done' } },
      ['version'],
      {},
      { code: 'blank', outcomeUnknown: false },
    ],
    [
      'for a refusal of a server in between',
      { status: 403, body: { message: 'Forbidden' } },
      ['dags', 'pause', 'x'],
      {},
      { code: 'blank', outcomeUnknown: false },
    ],
    [
      'for a problem of another server',
      { status: 503, body: { type: 'https://example.com/busy', status: 503, detail: 'Busy.' } },
      ['dags', 'pause', 'x'],
      {},
      { code: 'blank', outcomeUnknown: true },
    ],
  ])('%s', async (_, reply, argv, options, expected) => {
    script = [reply];
    await expect(createClient().run(argv, options)).rejects.toMatchObject(expected);
  });

  test('for a keyed trigger that may have run before the token could not be renewed', async () => {
    script = ['disconnects', SUCCEEDED];
    const tokens = ['first'];
    const running = createClient({ token: async () => tokens.shift() ?? '' }).run(['dags', 'trigger', 'x'], {
      idempotencyKey: 'k-1',
    });
    await expect(running).rejects.toMatchObject({ requestSent: true, outcomeUnknown: true });
    expect(receivedRequests).toHaveLength(1);
  });

  test('for a keyed trigger that may have run in an earlier attempt', async () => {
    script = [
      createProblemReply('outcome-unknown', { retryAfter: 0 }),
      createProblemReply('not-granted', { retrySafe: true }),
    ];
    const running = createClient().run(['dags', 'trigger', 'x'], { idempotencyKey: 'k-1' });
    await expect(running).rejects.toMatchObject({ code: 'outcome-unknown', outcomeUnknown: true });
    expect(receivedRequests).toHaveLength(2);
  });
});

describe('while no slot is free', () => {
  const BUSY = createProblemReply('busy', { retrySafe: true, retryAfter: 0 });
  const TRIGGER = ['dags', 'trigger', 'daily'];
  const getPreferences = () => receivedRequests.map(({ headers }) => headers.prefer);

  test('any command is sent until a slot is free, more often than other requests', async () => {
    script = [BUSY, BUSY, BUSY, BUSY, BUSY, SUCCEEDED];
    expect(await createClient().run(TRIGGER)).toMatchObject({ outcome: 'succeeded' });
    expect(receivedRequests).toHaveLength(6);
    expect(getPreferences()).toEqual(Array(6).fill(undefined));
  });

  test('a command that the API throttles is sent again too, because nothing was started', async () => {
    script = [...Array(5).fill(createProblemReply('throttled', { retrySafe: true, retryAfter: 0 })), SUCCEEDED];
    expect(await createClient().run(TRIGGER)).toMatchObject({ outcome: 'succeeded' });
    expect(receivedRequests).toHaveLength(6);
  });

  test('the listener is called once, and only the first request waits for a short time', async () => {
    script = [BUSY, BUSY, SUCCEEDED];
    let calls = 0;
    await createClient().run(TRIGGER, {
      onWait: () => {
        calls += 1;
      },
    });
    expect([calls, getPreferences()]).toEqual([1, ['wait=3', undefined, undefined]]);
  });

  test('the listener is not called if a slot is free', async () => {
    script = [SUCCEEDED];
    await createClient().run(TRIGGER, { onWait: () => expect.unreachable() });
    expect(getPreferences()).toEqual(['wait=3']);
  });

  test('the command fails at once without patience', async () => {
    script = [BUSY];
    const running = createClient().run(TRIGGER, { waitSeconds: 0, onWait: () => expect.unreachable() });
    await expect(running).rejects.toMatchObject({ code: 'busy', outcomeUnknown: false });
    expect(getPreferences()).toEqual(['wait=0']);
  });

  test('each request waits for the rest of the patience, and the command fails after that', async () => {
    script = [BUSY];
    await expect(createClient().run(TRIGGER, { waitSeconds: 1 })).rejects.toMatchObject({ code: 'busy' });
    expect(receivedRequests.length).toBeGreaterThan(1);
    expect(getPreferences()).toEqual(['wait=1', ...Array(receivedRequests.length - 1).fill('wait=0')]);
  });

  test('a longer Retry-After than the patience ends the wait', async () => {
    script = [createProblemReply('busy', { retrySafe: true, retryAfter: 60 })];
    await expect(createClient().run(TRIGGER, { waitSeconds: 50 })).rejects.toMatchObject({ code: 'busy' });
    expect(receivedRequests).toHaveLength(1);
  });

  test('an abort between two requests is reported as busy, because the command did not run', async () => {
    script = [createProblemReply('busy', { retrySafe: true, retryAfter: 60 })];
    const aborting = new AbortController();
    const running = createClient().run(TRIGGER, { signal: aborting.signal, onWait: () => aborting.abort() });
    await expect(running).rejects.toMatchObject({ code: 'busy' });
  });

  test('an abort while a request is on its way is reported as its reason, because the command may run', async () => {
    script = [BUSY, 'never'];
    const aborting = new AbortController();
    const running = createClient().run(TRIGGER, { signal: aborting.signal });
    await expect.poll(() => receivedRequests.length).toBe(2);
    aborting.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a keyed trigger that may have run in an earlier attempt is not reported as busy', async () => {
    script = ['disconnects', BUSY];
    const running = createClient().run(TRIGGER, { idempotencyKey: 'k-1', waitSeconds: 0 });
    await expect(running).rejects.toMatchObject({ outcomeUnknown: true });
    expect(receivedRequests).toHaveLength(2);
  });

  test('requests that need no slot have no preference', async () => {
    script = [{ status: 200, body: { commands: [] } }];
    await createClient().commands();
    expect(getPreferences()).toEqual([undefined]);
  });
});
