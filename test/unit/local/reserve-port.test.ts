import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { reservePort } from '../../../local/reserve-port.ts';

const folder = mkdtempSync(join(tmpdir(), 'port-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** More than any process id. */
const NO_PROCESS = '999999999';

test('while a port is reserved, requests get 503, and a second reservation says who has it and what to do', async () => {
  const first = await reservePort(0, folder);
  expect(await fetch(`http://127.0.0.1:${first.port}/`)).toMatchObject({ status: 503 });
  await expect(reservePort(first.port, folder)).rejects.toThrow(
    new RegExp(`another npm start, process ${process.pid}\\.[^]*kill ${process.pid}[^]*--port ${first.port + 1}`),
  );
  await first.release();
  const second = await reservePort(first.port, folder);
  await second.release();
  second.forget();
  expect(existsSync(join(folder, `port-${second.port}.pid`))).toBe(false);
});

test('a port of another program is named as such, also if a killed npm start had it', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writeFileSync(join(folder, `port-${port}.pid`), NO_PROCESS);
  await expect(reservePort(port, folder)).rejects.toThrow(`Port ${port} is in use by another program.`);
  server.close();
});

test('a killed npm start is no neighbor, and a running one is', async () => {
  writeFileSync(join(folder, 'port-1.pid'), NO_PROCESS);
  const first = await reservePort(0, folder);
  expect(first.hasNeighbor).toBe(false);
  const second = await reservePort(0, folder);
  expect(second.hasNeighbor).toBe(true);
  for (const each of [first, second]) {
    await each.release();
    each.forget();
  }
});
