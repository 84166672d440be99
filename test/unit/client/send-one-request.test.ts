import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ConnectionError, type HttpRequestInit, sendHttpRequest } from '../../../client/library/send-http-request.ts';
import { sendOneRequest, sendOnSocket } from '../../../client/send-one-request.ts';

const servers: Server[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close();
});

/** Starts a server that treats each connection in the same way, and returns its address. */
async function listen(answer: (socket: Socket) => void): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/x?a=b%20c`);
}

/** A server that writes these parts in packets of their own, and closes the connection. */
const listenWith = (parts: readonly Buffer[], stayOpen = false) =>
  listen((socket) => {
    socket.setNoDelay(true);
    socket.once('data', async () => {
      for (const part of parts) {
        if (socket.destroyed) return;
        socket.write(part);
        await nextTurn();
      }
      if (!stayOpen) socket.end();
    });
  });

type Send = typeof sendHttpRequest;

async function describeOutcome(send: Send, address: URL, init: HttpRequestInit = POST) {
  try {
    const response = await send(address, init);
    return {
      status: response.status,
      ok: response.ok,
      text: await response.text(),
      retry: response.headers.get('retry-after') ?? null,
    };
  } catch (error) {
    if (!(error instanceof ConnectionError)) return { error };
    return { requestSent: error.requestSent, outcomeUnknown: error.outcomeUnknown };
  }
}

const POST: HttpRequestInit = { body: '{"command":"é"}', headers: { 'content-type': 'application/json' } };

const OK = 'HTTP/1.1 200 OK\r\n';
const COMPLETE: Readonly<Record<string, string>> = {
  'a length': `${OK}Content-Length: 7\r\nRetry-After:  5 \r\n\r\n{"a":1}`,
  'a length of characters of several bytes': `${OK}content-length: 4\r\n\r\né€`.replace('4', '5'),
  'no body': 'HTTP/1.1 204 No Content\r\n\r\n',
  'an empty body': `${OK}content-length: 0\r\n\r\n`,
  'the end of the connection': `${OK}\r\nuntil the end`,
  chunks: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;name=value\r\n0123456789\r\n0\r\n\r\n`,
  'chunks with trailers': `${OK}transfer-encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\nx-checksum: 1\r\n\r\n`,
  'a chunk that looks like the last one': `${OK}transfer-encoding: chunked\r\n\r\n8\r\na\r\n0\r\n\r\n\r\n1\r\nz\r\n0\r\n\r\n`,
  'interim responses': `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 2\r\n\r\nok`,
  'an error': 'HTTP/1.1 503 Service Unavailable\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}',
  'a status without words': 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok',
  'HTTP 1.0': 'HTTP/1.0 200 OK\r\n\r\nold',
  'a redirect, which is not followed': 'HTTP/1.1 302 Found\r\nlocation: /y\r\ncontent-length: 0\r\n\r\n',
};
const INCOMPLETE: Readonly<Record<string, string>> = {
  'a status line with a line end in its words': 'HTTP/1.1 200 OK\ncontent-length: 2\r\n\r\n',
  nothing: '',
  'half a head': `${OK}content-le`,
  'a body that is cut off': `${OK}content-length: 8\r\n\r\n{"a":1}`,
  'a missing last chunk': `${OK}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`,
  'half a chunk': `${OK}transfer-encoding: chunked\r\n\r\n9\r\nabc`,
  'only an interim response': 'HTTP/1.1 100 Continue\r\n\r\n',
  'text that is not HTTP': 'SSH-2.0-OpenSSH_9.9\r\n\r\n',
  'HTTP 2': 'HTTP/2 200 OK\r\ncontent-length: 2\r\n\r\nok',
  'a length and chunks': `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  'two lengths': `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok!`,
  'a length that is no number': `${OK}content-length: 2x\r\n\r\nok`,
  'a negative length': `${OK}content-length: -2\r\n\r\nok`,
  'a chunk length that is no number': `${OK}transfer-encoding: chunked\r\n\r\n2z\r\nok\r\n0\r\n\r\n`,
  'a chunk that is longer than its length': `${OK}transfer-encoding: chunked\r\n\r\n2\r\nok!\r\n0\r\n\r\n`,
  'a name with a space': `${OK}content length: 2\r\n\r\nok`,
  'a header without a name': `${OK}: x\r\ncontent-length: 2\r\n\r\nok`,
  'a header with NUL': `${OK}x: a\0b\r\ncontent-length: 2\r\n\r\nok`,
  'too many headers': `${OK}${`x: ${'y'.repeat(1000)}\r\n`.repeat(20)}content-length: 2\r\n\r\nok`,
};

describe.each([
  ['in one packet', (bytes: Buffer) => [bytes]],
  ['byte by byte', (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.of(byte))],
] as const)('a response %s', (_, split) => {
  test.each(Object.entries(COMPLETE))('with %s is read as by Node.js', async (_name, text) => {
    const address = await listenWith(split(Buffer.from(text)));
    const outcome = await describeOutcome(sendOnSocket, address);
    expect(outcome).toMatchObject({ status: Number(/(?:^|\n)HTTP\S+ ([2-5]\d\d)/.exec(text)![1]) });
    expect(outcome).toEqual(await describeOutcome(sendHttpRequest, address));
  });

  test.each(Object.entries(INCOMPLETE))('with %s has an unknown outcome, as with Node.js', async (_name, text) => {
    const address = await listenWith(split(Buffer.from(text)));
    const unknown = { requestSent: true, outcomeUnknown: true };
    expect(await describeOutcome(sendOnSocket, address)).toEqual(unknown);
    expect(await describeOutcome(sendHttpRequest, address)).toEqual(unknown);
  });
});

test.each(['a length', 'chunks', 'chunks with trailers', 'no body'])(
  'a response with %s is complete although the server keeps the connection open',
  async (name) => {
    const address = await listenWith([Buffer.from(COMPLETE[name]!)], true);
    expect(await describeOutcome(sendOnSocket, address)).toEqual(await describeOutcome(sendHttpRequest, address));
  },
);

test('a large response in many chunks is read in time that grows with its length', async () => {
  const line = `${'0123456789'.repeat(1600)}\r\n`;
  const chunk = `${line.length.toString(16)}\r\n${line}\r\n`;
  const count = 400;
  const address = await listenWith([
    Buffer.from(`${OK}transfer-encoding: chunked\r\n\r\n`),
    ...Array.from({ length: count }, () => Buffer.from(chunk)),
    Buffer.from('0\r\n\r\n'),
  ]);
  const concat = vi.spyOn(Buffer, 'concat');
  const response = await sendOnSocket(address, POST);
  expect(await response.text()).toBe(line.repeat(count));
  const copied = concat.mock.calls.flatMap(([buffers]) => buffers).reduce((sum, { length }) => sum + length, 0);
  expect(copied).toBeLessThan(4 * count * chunk.length);
});

test('the request is what Node.js sends, on a connection that the server may close', async () => {
  const received: string[] = [];
  const address = await listen((socket) =>
    socket.once('data', (bytes: Buffer) => {
      received.push(bytes.toString());
      socket.end(COMPLETE['a length']!);
    }),
  );
  const init = { ...POST, headers: { ...POST.headers, 'x-name': 'caf\u00e9', host: 'api.example' } };
  await sendOnSocket(address, init);
  await sendOnSocket(address, { body: undefined, headers: {} });
  expect(received).toEqual([
    'POST /v1/x?a=b%20c HTTP/1.1\r\nhost: api.example\r\ncontent-type: application/json\r\nx-name: caf\ufffd\r\n' +
      'content-length: 16\r\nconnection: close\r\n\r\n{"command":"é"}',
    `GET /v1/x?a=b%20c HTTP/1.1\r\nhost: ${address.host}\r\nconnection: close\r\n\r\n`,
  ]);
});

test.each(['a\r\nx-injected: 1', 'a\nb', 'a\0b', '\u20ac'])('a header with %j is not sent', async (value) => {
  let connections = 0;
  const address = await listen(() => {
    connections += 1;
  });
  for (const send of [sendOnSocket, sendHttpRequest])
    await expect(send(address, { ...POST, headers: { authorization: value } })).rejects.toThrow(
      'Invalid character in header content ["authorization"]',
    );
  expect(connections).toBe(0);
});

test('a server that is not there did not receive the request', async () => {
  const address = await listen(() => {});
  await new Promise((closed) => servers.splice(0)[0]!.close(closed));
  const outcome = { requestSent: false, outcomeUnknown: false };
  expect(await describeOutcome(sendOnSocket, address)).toEqual(outcome);
  expect(await describeOutcome(sendHttpRequest, address)).toEqual(outcome);
  await expect(sendOnSocket(address, POST)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test('a signal ends a request with its reason, before and after it is sent', async () => {
  const address = await listenWith([Buffer.from(`${OK}content-length: 9\r\n\r\nabc`)], true);
  const reason = new Error('interrupted');
  await expect(sendOnSocket(address, { ...POST, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const interrupt = new AbortController();
  const sent = sendOnSocket(address, { ...POST, signal: interrupt.signal });
  setTimeout(() => interrupt.abort(reason), 50);
  await expect(sent).rejects.toBe(reason);
});

test.each(['NODE_OPTIONS', 'NODE_USE_ENV_PROXY'])(
  'with %s, the HTTP client of Node.js sends the request',
  async (name) => {
    const connections: string[] = [];
    const address = await listen((socket) =>
      socket.once('data', (bytes: Buffer) => {
        connections.push(/^connection: (.*)\r$/im.exec(bytes.toString())![1]!);
        socket.end(COMPLETE['a length']!);
      }),
    );
    vi.stubEnv('NODE_OPTIONS', '');
    vi.spyOn(process, 'execArgv', 'get').mockReturnValue([]);
    await sendOneRequest(address, POST);
    vi.stubEnv(name, name === 'NODE_OPTIONS' ? '--require=/etc/proxy.cjs' : '1');
    await sendOneRequest(address, POST);
    expect(connections).toEqual(['close', 'keep-alive']);
  },
);
