import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createPost } from '../../../mwaa/connection/create-post.ts';
import { NoResponseError } from '../../../mwaa/connection/no-response-error.ts';
import { createCloseAfterTest } from '../close-after-test.ts';
import {
  CA_CERTIFICATE,
  CREDENTIAL,
  createLocalhostLookup,
  formatResponseHead,
  type RespondToRequest,
  type ScriptedWebServer,
  startScriptedWebServer,
  startTcpServer,
  TEST_HOST,
} from './scripted-web-server.ts';

const closeAfterTest = createCloseAfterTest();

const formatResponse = (status: number, body: string): string =>
  formatResponseHead(status, { 'content-length': String(body.length) }) + body;

function createTestPost(port: number) {
  const limits = { connectTimeoutMs: 10_000, postTimeoutMs: 5_000, maxResponseBytes: 100_000 };
  const network = { port, ca: CA_CERTIFICATE, lookup: createLocalhostLookup() };
  const post = createPost('2.10.3', limits, Date.now, network);
  return (commandLine = 'version') =>
    post({ token: 'secret', hostname: TEST_HOST }, commandLine, new AbortController().signal).catch(
      (error: unknown) => error,
    );
}

/** Until what was written has arrived. A client cannot tell what arrives later from the response to its next request. */
const waitForArrival = () => wait(50);

/** Responds to each request with its own body. */
const echo: RespondToRequest = (socket, { body }) => socket.write(formatResponse(200, body));

const startServer = async (...actions: RespondToRequest[]): Promise<ScriptedWebServer> =>
  closeAfterTest(await startScriptedWebServer(...actions));

describe('a kept-alive connection on which something arrives that no request asked for', () => {
  test.each<[what: string, unsolicited: string]>([
    ['a response', formatResponse(200, 'unsolicited')],
    ['a part of a response', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['an interim response', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['garbage', '\0\0\0'],
    ['a line end', '\r\n'],
  ])('while it is idle: %s. The next request uses another connection', async (_what, unsolicited) => {
    const server = await startServer(echo);
    const post = createTestPost(server.port);
    expect(await post('first')).toMatchObject({ body: 'first' });
    server.connections[0]!.write(unsolicited);
    await waitForArrival();
    expect(await post('second')).toMatchObject({ body: 'second' });
    expect(server.connections).toHaveLength(2);
    await expect.poll(() => server.connections[0]!.destroyed).toBe(true);
  });

  test.each<[what: string, write: (socket: Socket, second: string) => void]>([
    ['in one piece', (socket, second) => socket.write(formatResponse(200, 'first') + second)],
    [
      'in two pieces',
      (socket, second) => {
        socket.write(formatResponse(200, 'first'));
        socket.write(second);
      },
    ],
    [
      'a moment later',
      (socket, second) => {
        socket.write(formatResponse(200, 'first'));
        setImmediate(() => socket.write(second));
      },
    ],
  ])('after the response: a second response, %s', async (_what, write) => {
    const server = await startServer((socket) => write(socket, formatResponse(200, 'unsolicited')), echo);
    const post = createTestPost(server.port);
    const first = await post('first');
    await waitForArrival();
    expect(first instanceof NoResponseError || (first as { body: string }).body === 'first').toBe(true);
    expect(await post('second')).toMatchObject({ body: 'second' });
    expect(server.connections).toHaveLength(2);
  });

  test('just before the next request: it is not the answer', async () => {
    const server = await startServer(echo);
    const post = createTestPost(server.port);
    for (let index = 0; index < 20; index += 1) {
      expect(await post(`first ${index}`)).toMatchObject({ body: `first ${index}` });
      server.connections.at(-1)!.setNoDelay(true).write(formatResponse(200, 'unsolicited'));
      expect(await post(`second ${index}`)).toMatchObject({ body: `second ${index}` });
    }
  });

  test('that is unaffected is reused for many requests', async () => {
    const server = await startServer(echo);
    const post = createTestPost(server.port);
    for (const body of ['1', '2', '3', '4', '5']) expect(await post(body)).toMatchObject({ body });
    expect(server.connections).toHaveLength(1);
  });
});

describe('a response that begins before the request was written', () => {
  /** Writes before it has read anything. What it writes within 50 ms arrives in one piece. */
  async function startEarlyServer(early: string) {
    const received: string[] = [];
    const sockets: Socket[] = [];
    const server = createTlsServer({ ...CREDENTIAL, maxVersion: 'TLSv1.2' }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk) => received.push(chunk.toString()));
    });
    // With TLS 1.2 the server finishes the handshake first, so that this arrives together with the end of the handshake.
    server.on('secureConnection', (socket) => socket.write(early));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeAfterTest({
      close() {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    });
    const relay = await startTcpServer((client) => {
      const upstream = connect((server.address() as { port: number }).port, '127.0.0.1');
      upstream.on('error', () => {});
      client.pipe(upstream);
      client.on('close', () => upstream.destroy());
      const held: Buffer[] = [];
      upstream.on('data', (chunk) => {
        if (held.push(chunk) > 1) return;
        setTimeout(() => client.write(Buffer.concat(held.splice(0))), 50);
      });
    });
    return { port: closeAfterTest(relay).port, received };
  }

  test.each([formatResponse(200, 'unsolicited'), 'HTTP/1.1 20', '\r\n'])(
    'on a new connection: nothing is sent: %j',
    async (early) => {
      const { port, received } = await startEarlyServer(early);
      const result = await createTestPost(port)('x'.repeat(10_000));
      expect(result).toMatchObject({ sent: false, reason: expect.stringContaining('before the request') });
      expect(received).toEqual([]);
    },
  );

  test.each([
    [200, 'a success is not its answer'],
    [307, 'a redirect is not its answer'],
  ])('in the middle of the request: status %i: %s', async (status) => {
    const server = await startUnreadServer(formatResponse(status, 'early'));
    const result = await createTestPost(server.port)('x'.repeat(40_000_000));
    expect(result).toMatchObject({ failure: 'exchange', sent: true, reason: expect.stringContaining('before the') });
  });

  test.each([413, 503])('in the middle of the request: the refusal %i is its answer', async (status) => {
    const server = await startUnreadServer(formatResponse(status, 'early'));
    const post = createTestPost(server.port);
    expect(await post('x'.repeat(40_000_000))).toMatchObject({ status, body: 'early' });
    await expect.poll(() => server.sockets[0]!.destroyed).toBe(true);
  });

  /** Answers at the first byte of a request, and reads no more. */
  async function startUnreadServer(response: string) {
    const sockets: Socket[] = [];
    const server = createTlsServer(CREDENTIAL, (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(response);
        setTimeout(() => socket.resume(), 200);
        socket.pause();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeAfterTest({
      close() {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    });
    return { port: (server.address() as { port: number }).port, sockets };
  }
});

describe('interim responses', () => {
  test.each([
    ['100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
    ['several', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 199 Misc\r\n\r\n'],
  ])('%s before the response: the response is read', async (_what, interim) => {
    const server = await startServer((socket, { body }) => {
      socket.write(interim);
      setTimeout(() => socket.write(formatResponse(200, body)), 10);
    });
    const post = createTestPost(server.port);
    expect(await post('first')).toMatchObject({ status: 200, body: 'first' });
    expect(await post('second')).toMatchObject({ status: 200, body: 'second' });
    expect(server.connections).toHaveLength(1);
  });

  test('101: fails at once as sent, and closes the connection', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';
    const server = await startServer((socket) => socket.write(head), echo);
    const post = createTestPost(server.port);
    expect(await post('first')).toMatchObject({
      failure: 'exchange',
      sent: true,
      reason: expect.stringContaining('101'),
    });
    expect(await post('second')).toMatchObject({ body: 'second' });
    await expect.poll(() => server.connections[0]!.destroyed).toBe(true);
  });

  test('101 without an Upgrade header: fails at once as sent', async () => {
    const server = await startServer((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    expect(await createTestPost(server.port)('first')).toMatchObject({ failure: 'exchange', sent: true });
  });
});
