import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../../local/mwaa/certificate-authority.ts';

const MODULE = new URL('../../../client/send-one-request.ts', import.meta.url);
const SCRIPT = `
import(${JSON.stringify(MODULE.href)}).then(async ({ sendOnSocket }) => {
  const outcome = await sendOnSocket(new URL(process.argv[1]), { body: '{}', headers: {} }).then(
    (response) => response.json(),
    ({ requestSent, outcomeUnknown, cause }) => ({ requestSent, outcomeUnknown, code: cause.code }),
  );
  process.stdout.write(JSON.stringify(outcome));
});`;

const folder = mkdtempSync(join(tmpdir(), 'send-'));
let caFile: string;
const servers: Server[] = [];
let ports: Record<'trusted' | 'untrusted' | 'other name', number>;

beforeAll(async () => {
  const authority = await createCertificateAuthority(folder);
  caFile = authority.file;
  const listen = async (certificate: object): Promise<number> => {
    const server = createServer(certificate, ({ socket }, response) => {
      const { servername, alpnProtocol } = socket as TLSSocket & { servername: unknown };
      response.end(JSON.stringify({ servername, alpnProtocol }));
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  ports = {
    trusted: await listen(await authority.issueCertificate('localhost')),
    untrusted: await listen(await authority.issueUntrustedCertificate('localhost')),
    'other name': await listen(await authority.issueCertificate('api.example')),
  };
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** Runs in a process of its own, because Node.js reads the variables for certificates when it starts. */
async function send(address: string, variables: NodeJS.ProcessEnv = { NODE_EXTRA_CA_CERTS: caFile }): Promise<object> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', SCRIPT, address], {
    env: { PATH: process.env.PATH, ...variables },
  });
  return JSON.parse(stdout);
}

const NOT_SENT = { requestSent: false, outcomeUnknown: false };

test('a server with a trusted certificate receives the request and the name of the host', async () => {
  expect(await send(`https://localhost:${ports.trusted}/x`)).toEqual({
    servername: 'localhost',
    alpnProtocol: 'http/1.1',
  });
});

test.each([
  ['untrusted', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['other name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
] as const)('a server with a certificate that is %s does not receive the request', async (name, code) => {
  expect(await send(`https://localhost:${ports[name]}/x`)).toEqual({ ...NOT_SENT, code });
});

test('the certificate of a server without a name must contain its IP address', async () => {
  const address = `https://127.0.0.1:${ports.trusted}/x`;
  expect(await send(address)).toEqual({ ...NOT_SENT, code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  const variables = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
  expect(await send(address, variables)).toEqual({ servername: false, alpnProtocol: 'http/1.1' });
});
