/** A function reaches the hosts of the network table by their public names, with TLS, and nothing else. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { createCertificateAuthority } from '../../../../local/mwaa/certificate-authority.ts';
import { createFixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { sendSigned, signRequest } from './signed-request.ts';

const NAME = 'env.airflow.ap-southeast-2.amazonaws.com';
const ALLOW = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

const principals = createPrincipalStore();
const assembly = writeAssembly(createFixtureTemplate());
let server: Server;
let gateway: Gateway;
let caller: Principal;
let connections = 0;
let target: string;

beforeAll(async () => {
  const authority = await createCertificateAuthority(assembly.directory);
  server = createServer(await authority.issueCertificate(NAME), (request, response) => {
    response.end(`hello ${request.headers.host} ${(request.socket as { servername?: string }).servername}`);
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [ALLOW]);
  gateway = await startGateway({
    assemblyDir: assembly.directory,
    principals,
    caFile: authority.file,
    network: {
      [`${NAME}:443`]: target,
      'other.example.com:443': target,
      [`${NAME}:8443`]: target,
      'gone.example.com:443': null,
      [target]: target,
    },
  });
});

afterAll(async () => {
  await gateway.close();
  server.close();
  assembly.remove();
});

/** `/streamed/x` invokes a function in the VPC, `/buffered` one outside. */
async function runInFunction(instruction: unknown, path = '/streamed/x'): Promise<unknown> {
  const url = gateway.url + path;
  const body = JSON.stringify(instruction);
  return JSON.parse((await sendSigned(url, await signRequest(caller, url, { body }), body)).text);
}

it('a function reaches a host by its name and reuses the connection', async () => {
  const first = await runInFunction({ do: 'get', url: `https://${NAME}/` });
  const second = await runInFunction({ do: 'get', url: `https://${NAME}/` });

  expect(first).toEqual({ status: 200, text: `hello ${NAME} ${NAME}` });
  expect(second).toEqual(first);
  expect(connections).toBe(1);
});

it('a function reaches a host with fetch', async () => {
  expect(await runInFunction({ do: 'fetch', url: `https://${NAME}/` })).toEqual({ text: `hello ${NAME} ${NAME}` });
});

it.each([
  ['a host with the certificate of another name', 'https://other.example.com/', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['a name that is not in the table', 'https://example.com/', 'ENOTFOUND'],
  ['a name whose entry is null', 'https://gone.example.com/', 'ENOTFOUND'],
  ['a port that the security group does not allow', `https://${NAME}:8443/`, 'ETIMEDOUT'],
  ['a public address', 'https://192.0.2.1/', 'ETIMEDOUT'],
  ['localhost', 'https://localhost/', 'ECONNREFUSED'],
])('a function does not reach %s', async (_what, url, code) => {
  expect(await runInFunction({ do: 'get', url })).toMatchObject({ code });
});

it('a function resolves the names of the table with DNS', async () => {
  expect(await runInFunction({ do: 'lookup', name: NAME })).toEqual({
    address: expect.stringMatching(/^10\./),
    family: 4,
  });
  expect(await runInFunction({ do: 'lookup', name: 'example.com' })).toMatchObject({ code: 'ENOTFOUND' });
});

it('only a function outside a VPC reaches a loopback port of the table', async () => {
  // The certificate is for another name: an error about it shows that the connection was established.
  const connected = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };
  const refused = { code: 'ECONNREFUSED' };

  expect(await runInFunction({ do: 'get', url: `https://${target}/` }, '/buffered')).toMatchObject(connected);
  expect(await runInFunction({ do: 'get', url: `https://${target}/` })).toMatchObject(refused);
  expect(await runInFunction({ do: 'get', url: 'https://127.0.0.1:9/' }, '/buffered')).toMatchObject(refused);
  expect(
    await runInFunction({ do: 'get', url: `https://${target.replace('127.0.0.1', 'localhost')}/` }, '/buffered'),
  ).toMatchObject(refused);
});

it('a function outside a VPC reaches every port of the table', async () => {
  const expected = { status: 200, text: `hello ${NAME}:8443 ${NAME}` };
  expect(await runInFunction({ do: 'get', url: `https://${NAME}:8443/` }, '/buffered')).toEqual(expected);
});
