import { expect, test } from 'vitest';
import type { AirflowWebServer } from '../../../../local/airflow/start-web-server.ts';
import { createWebServerOnDemand } from '../../../../local/airflow/web-server-on-demand.ts';

/** Starts web servers that the test controls. Each `url` is its number. */
function createStarts() {
  const servers: { isRunning: boolean; closed: boolean; succeed: () => void; fail: () => void; signal: AbortSignal }[] =
    [];
  const webServer = createWebServerOnDemand((signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<AirflowWebServer>();
    const url = String(servers.length);
    const server = {
      isRunning: true,
      closed: false,
      signal,
      succeed: () => resolve({ url, loginKey: '', isRunning: () => server.isRunning, close }),
      fail: () => reject(new Error('cannot start')),
    };
    const close = async () => {
      server.closed = true;
    };
    signal.addEventListener('abort', () => reject(signal.reason));
    servers.push(server);
    return promise;
  });
  return { servers, webServer };
}

test('starts once for concurrent requests', async () => {
  const { servers, webServer } = createStarts();
  const waiting = Promise.all([webServer.get(), webServer.get()]);
  servers[0]!.succeed();
  expect((await waiting).map(({ url }) => url)).toEqual(['0', '0']);
  expect((await webServer.get()).url).toBe('0');
  expect(servers).toHaveLength(1);
});

test('starts again after a failure', async () => {
  const { servers, webServer } = createStarts();
  const failed = webServer.get();
  servers[0]!.fail();
  await expect(failed).rejects.toThrow('cannot start');
  const waiting = webServer.get();
  servers[1]!.succeed();
  expect((await waiting).url).toBe('1');
});

test('starts one more, once it has exited, for concurrent requests', async () => {
  const { servers, webServer } = createStarts();
  const first = webServer.get();
  servers[0]!.succeed();
  await first;
  servers[0]!.isRunning = false;
  const waiting = Promise.all([webServer.get(), webServer.get(), webServer.get()]);
  await new Promise((resolve) => setImmediate(resolve));
  servers[1]!.succeed();
  expect((await waiting).map(({ url }) => url)).toEqual(['1', '1', '1']);
  expect(servers).toHaveLength(2);
});

test('an end closes it, and the next request starts another one', async () => {
  const { servers, webServer } = createStarts();
  const first = webServer.get();
  servers[0]!.succeed();
  await first;
  await webServer.end();
  expect(servers[0]!.closed).toBe(true);
  const waiting = webServer.get();
  servers[1]!.succeed();
  expect((await waiting).url).toBe('1');
});

test('an end aborts a start', async () => {
  const { servers, webServer } = createStarts();
  const waiting = webServer.get();
  waiting.catch(() => {});
  await webServer.end();
  expect(servers[0]!.signal.aborted).toBe(true);
  await expect(waiting).rejects.toThrow();
});

test('an end without a start does nothing', async () => {
  const { servers, webServer } = createStarts();
  await webServer.end();
  expect(servers).toHaveLength(0);
});
