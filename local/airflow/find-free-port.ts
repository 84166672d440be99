import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Finds a free port below the range of ephemeral ports, so that no other program gets it before the server listens. */
export async function findFreePort(): Promise<string> {
  const server = createServer().listen(randomInt(20_000, 32_000), '127.0.0.1');
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (!isFree) return findFreePort();
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}
