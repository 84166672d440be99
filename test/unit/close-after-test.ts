import { afterEach } from 'vitest';

/** Call it in each test file. Returns a function that closes a server after the current test, and returns the server. */
export function createCloseAfterTest(): <Server extends { close(): void }>(server: Server) => Server {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const server of open.splice(0)) server.close();
  });
  return (server) => {
    open.push(server);
    return server;
  };
}
