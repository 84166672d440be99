import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isProcessRunning, LOCAL_FOLDER } from './local-folder.ts';

/** A port that this process listens on. Requests are answered with 503 until it is released. */
export interface PortReservation {
  readonly port: number;
  /** Whether another `npm start` of this folder runs. */
  readonly hasNeighbor: boolean;
  /** Stops listening, so that the API can listen. */
  release(): Promise<void>;
  /** Removes the file that tells other processes who uses the port. */
  forget(): void;
}

/** The message says who uses the port, and what to do. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/**
 * Reserves a port. The operating system frees it when this process ends for any reason, so it is the lock that keeps a second
 * `npm start` away. A file only tells the second one who the first one is.
 *
 * @throws PortInUseError
 */
export async function reservePort(requested: number, folder = LOCAL_FOLDER): Promise<PortReservation> {
  await mkdir(folder, { recursive: true });
  const server = createServer((_, response) => {
    response.writeHead(503, { 'retry-after': '5', 'content-type': 'text/plain' }).end('npm start is starting.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(requested, '127.0.0.1', resolve);
  }).catch(async (cause) => {
    throw new PortInUseError(await explainFailure(requested, cause, folder), { cause });
  });
  const { port } = server.address() as AddressInfo;
  const hasNeighbor = (await listStarts(folder)).some((start) => start.port !== port);
  const file = getFile(folder, port);
  writeFileSync(file, String(process.pid));
  return {
    port,
    hasNeighbor,
    async release() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    forget: () => rmSync(file, { force: true }),
  };
}

const getFile = (folder: string, port: number): string => join(folder, `port-${port}.pid`);

/** Lists the running `npm start` of this folder. */
async function listStarts(folder: string): Promise<{ port: number; pid: number }[]> {
  return (await readdir(folder)).flatMap((name) => {
    const [, port] = /^port-(\d+)\.pid$/.exec(name) ?? [];
    if (port === undefined) return [];
    const pid = readPid(join(folder, name));
    if (pid !== undefined && isProcessRunning(pid)) return [{ port: Number(port), pid }];
    rmSync(join(folder, name), { force: true });
    return [];
  });
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

async function explainFailure(port: number, { code, message }: NodeJS.ErrnoException, folder: string): Promise<string> {
  const remedy = `npm start -- --port ${port < 1024 ? 1024 + port : port === 65535 ? 65534 : port + 1}`;
  if (code === 'EACCES') return `Port ${port} needs administrator rights. Use another one:\n${remedy}`;
  if (code !== 'EADDRINUSE') return `Port ${port} cannot be used: ${message}. Use another one:\n${remedy}`;
  // The other one may have reserved the port a moment ago.
  for (let tries = 0; tries < 5; tries += 1) {
    const other = (await listStarts(folder)).find((start) => start.port === port);
    if (other !== undefined)
      return `Port ${port} is in use by another npm start, process ${other.pid}.
To use that one:         source .cache/local/env.sh
To end it:               kill ${other.pid}
To start one beside it:  ${remedy}`;
    await delay(100);
  }
  return `Port ${port} is in use by another program. Use another port:\n${remedy}`;
}
